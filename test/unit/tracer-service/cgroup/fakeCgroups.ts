import type { CgroupFileSystem } from "../../../../tracer-service/cgroup/cgroupTree.ts";

/** Cgroup directories, in memory; each new one has an inode number of its own. */
export class FakeCgroups implements CgroupFileSystem {
  readonly #inodes = new Map<string, bigint>();
  #last = 0n;

  /** Makes a directory, and those above it. */
  make(directory: string): bigint {
    const parent = directory.slice(0, directory.lastIndexOf("/"));
    if (parent !== "" && !this.#inodes.has(parent)) this.make(parent);
    this.#last++;
    this.#inodes.set(directory, this.#last);
    return this.#last;
  }

  /** Removes a directory and all below it. */
  remove(directory: string): void {
    for (const each of this.#inodes.keys()) {
      if (each === directory || each.startsWith(`${directory}/`)) this.#inodes.delete(each);
    }
  }

  inode(directory: string): bigint | undefined {
    return this.#inodes.get(directory.replace(/(?<=.)\/$/, ""));
  }

  directories(directory: string): string[] {
    const prefix = `${directory.replace(/\/$/, "")}/`;
    return [...this.#inodes.keys()]
      .filter((each) => each.startsWith(prefix) && !each.slice(prefix.length).includes("/"))
      .map((each) => each.slice(prefix.length));
  }
}
