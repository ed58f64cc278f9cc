import { readdirSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

import { losslessBytes, losslessText } from "../decode/losslessText.ts";

/** A cgroup hierarchy that the tracer watches: number 0 is the unified one. */
export interface Hierarchy {
  readonly number: number;
  readonly mountPoint: string;
}

/**
 * The file system calls that the tree needs; directories are cgroups, their inode numbers the cgroups' ids. Paths and
 * names are lossless text: a workspace can name its cgroups by any bytes.
 */
export interface CgroupFileSystem {
  /** Inode number of a directory; undefined when it does not exist. */
  inode(directory: string): bigint | undefined;
  /** Names of the directories in a directory; empty when it does not exist. */
  directories(directory: string): string[];
}

const HIERARCHY_SHIFT = 48n;
/**
 * Whoever may make cgroups can nest them without end, and each event tells its path: of a longer one the beginning is kept,
 * and all that lies below it has the same. Runtimes that nest containers ten deep make shorter ones.
 */
const MAX_PATH = 1_024;

/** Composes the key under which the kernel's maps hold a cgroup: ids are unique within one hierarchy only. */
export function cgroupKey(id: bigint, hierarchy: number): bigint {
  return id | (BigInt(hierarchy) << HIERARCHY_SHIFT);
}

/** Does a key name a cgroup of a v1 hierarchy? */
export function isV1(key: bigint): boolean {
  return key >> HIERARCHY_SHIFT !== 0n;
}

/** Which paths the cgroups in scope have, so that one that is already gone can still be named. */
export class CgroupTree {
  readonly #hierarchies: readonly Hierarchy[];
  readonly #files: CgroupFileSystem;
  readonly #paths = new Map<bigint, string>();

  constructor(hierarchies: readonly Hierarchy[], files: CgroupFileSystem = cgroupFileSystem) {
    this.#hierarchies = hierarchies;
    this.#files = files;
    for (const { number, mountPoint } of hierarchies) {
      const root = files.inode(mountPoint);
      if (root !== undefined) this.#paths.set(cgroupKey(root, number), "/");
    }
  }

  /** Whether paths are known from the root on, which a cgroup namespace prevents. */
  get seesRoot(): boolean {
    return this.#hierarchies.length > 0;
  }

  /** The path within its hierarchy of a cgroup given by that path, or by that of its directory. */
  pathWithin(given: string): string {
    const path = normalize(`/${given}`).replace(/(?<=.)\/$/, "");
    for (const { mountPoint } of this.#hierarchies) {
      if (path === mountPoint) return "/";
      if (path.startsWith(`${mountPoint}/`)) return path.slice(mountPoint.length);
    }
    return path;
  }

  /** Path from the hierarchy's root; undefined when it was never learnt. */
  path(key: bigint): string | undefined {
    return this.#paths.get(key);
  }

  /** Learns of a cgroup by its parent; returns its path if the parent's is known. */
  add(key: bigint, parentKey: bigint, name: string): string | undefined {
    const parent = this.#paths.get(parentKey);
    if (parent === undefined) return undefined;
    const path = pathBelow(parent, name);
    this.#paths.set(key, path);
    return path;
  }

  /** Learns the path of a cgroup. */
  addPath(key: bigint, path: string): void {
    this.#paths.set(key, path);
  }

  remove(key: bigint): void {
    this.#paths.delete(key);
  }

  /** The cgroups at `path` now, one for each hierarchy that has it. */
  keysOf(path: string): bigint[] {
    const keys: bigint[] = [];
    for (const { number, mountPoint } of this.#hierarchies) {
      const id = this.#files.inode(join(mountPoint, path));
      if (id !== undefined) keys.push(cgroupKey(id, number));
    }
    return keys;
  }

  /** Names of the cgroups in the one at `path`, of all hierarchies together. */
  directories(path: string): string[] {
    return [
      ...new Set(
        this.#hierarchies.flatMap(({ mountPoint }) => this.#files.directories(join(mountPoint, path))),
      ),
    ];
  }

  /** Reads what exists at and below `path`, and reports each cgroup, outermost first; `visit` says whether to look below it. */
  scan(path: string, visit: (key: bigint, path: string) => boolean): void {
    for (const { number, mountPoint } of this.#hierarchies) {
      const queue = [path];
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const directory = join(mountPoint, next);
        const id = this.#files.inode(directory);
        if (id === undefined) continue;
        const key = cgroupKey(id, number);
        this.#paths.set(key, next);
        if (!visit(key, next)) continue;
        for (const name of this.#files.directories(directory)) queue.push(pathBelow(next, name));
      }
    }
  }

  /** The cgroups that do not exist any more, with the paths that they had. For when notices of removal were lost. */
  gone(): [key: bigint, path: string][] {
    return [...this.#paths].filter(([key, path]) => !this.#exists(key, path));
  }

  /** Of a path that was cut the last cgroup that is whole in it is looked for. */
  #exists(key: bigint, path: string): boolean {
    return path.length > MAX_PATH ? this.keysOf(dirname(path)).length > 0 : this.keysOf(path).includes(key);
  }
}

function pathBelow(parent: string, name: string): string {
  if (parent.length > MAX_PATH) return parent;
  const path = parent === "/" ? `/${name}` : `${parent}/${name}`;
  return path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path;
}

/** The real file system. */
const cgroupFileSystem: CgroupFileSystem = {
  inode(directory) {
    try {
      return statSync(losslessBytes(directory), { bigint: true, throwIfNoEntry: false })?.ino;
    } catch {
      // Such as a path longer than the kernel takes: nothing that could be looked at.
      return undefined;
    }
  },
  directories(directory) {
    try {
      return readdirSync(losslessBytes(directory), { withFileTypes: true, encoding: "buffer" })
        .filter((entry) => entry.isDirectory())
        .map((entry) => losslessText(entry.name));
    } catch {
      // Removed between the look at its parent and this one.
      return [];
    }
  },
};
