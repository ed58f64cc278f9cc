import { closeSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { BpfMap } from "./bpfMap.ts";
import type { BpfObject } from "./bpfObject.ts";
import type { KernelObjects } from "./kernelObjects.ts";
import { errorName } from "./libc.ts";
import type { Libbpf } from "./libbpf.ts";

/** struct bpf_map_info (linux/bpf.h). */
const MAP_INFO = { size: 80, keySize: 8, valueSize: 12, maxEntries: 16 };

/** The map by which complete pins are told from those whose maker did not come to the end: it is pinned last. */
export const LAST_MAP = "reader_state";

/** Programs and maps that an earlier process left in the kernel, by the files of one directory of bpffs. */
export class PinnedObjects implements KernelObjects {
  readonly #libbpf: Libbpf;
  readonly #directory: string;
  readonly #fds = new Map<string, number>();

  constructor(libbpf: Libbpf, directory: string) {
    this.#libbpf = libbpf;
    this.#directory = directory;
  }

  /** Throws one line when it is not pinned, or has other sizes than asked for. */
  map(name: string, keyBytes: number, valueBytes: number): BpfMap {
    const fd = this.#open(mapFile(name));
    const info = this.#info(fd);
    if (
      info?.readUInt32LE(MAP_INFO.keySize) !== keyBytes ||
      info.readUInt32LE(MAP_INFO.valueSize) !== valueBytes
    ) {
      throw new Error(`the map "${name}" pinned in ${this.#directory} is another version's`);
    }
    return new BpfMap(this.#libbpf, name, fd, keyBytes, valueBytes);
  }

  /** How many entries there is room for; 0 where that can't be known. */
  maxEntries(name: string): number {
    return this.#info(this.#open(mapFile(name)))?.readUInt32LE(MAP_INFO.maxEntries) ?? 0;
  }

  /** Of whatever sizes it is. */
  mapFd(name: string): number {
    return this.#open(mapFile(name));
  }

  programFd(name: string): number {
    return this.#open(programFile(name));
  }

  detach(): void {
    for (const file of readdirSync(this.#directory)) {
      if (!file.startsWith("link_")) continue;
      // The last descriptor takes the program off before it is closed; the file alone would do so some time later.
      const fd = this.#libbpf.openPinned(join(this.#directory, file));
      rmSync(join(this.#directory, file), { force: true });
      if (fd >= 0) closeSync(fd);
    }
  }

  close(): void {
    for (const fd of this.#fds.values()) closeSync(fd);
    this.#fds.clear();
  }

  #info(fd: number): Buffer | undefined {
    const info = Buffer.alloc(MAP_INFO.size);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(info.length);
    return this.#libbpf.info(fd, info, size) === 0 ? info : undefined;
  }

  #open(file: string): number {
    const known = this.#fds.get(file);
    if (known !== undefined) return known;
    const fd = this.#libbpf.openPinned(join(this.#directory, file));
    if (fd < 0) throw new Error(`could not open ${join(this.#directory, file)}: ${errorName(fd)}`);
    this.#fds.set(file, fd);
    return fd;
  }
}

/** Pins attached programs, their links and maps in a directory of bpffs. Throws one line at the first that fails. */
export function pinObjects(
  libbpf: Libbpf,
  object: BpfObject,
  directory: string,
  { maps, programs }: { readonly maps: readonly string[]; readonly programs: readonly string[] },
): void {
  const pin = (fd: number, file: string): void => {
    const status = libbpf.pin(fd, join(directory, file));
    if (status !== 0) throw new Error(`could not pin ${join(directory, file)}: ${errorName(status)}`);
  };
  for (const name of maps) pin(object.mapFd(name), mapFile(name));
  for (const name of programs) pin(object.programFd(name), programFile(name));
  for (const [name, fd] of object.linkFds()) pin(fd, `link_${name}`);
  pin(object.mapFd(LAST_MAP), mapFile(LAST_MAP));
}

/** Name of the file that a map is pinned by; bpffs takes no dots. */
export function mapFile(name: string): string {
  return `map_${name.replaceAll(".", "_")}`;
}

function programFile(name: string): string {
  return `program_${name}`;
}
