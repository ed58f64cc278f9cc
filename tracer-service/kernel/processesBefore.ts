import { type BpfMap, u32 } from "./bpfMap.ts";
import { constants, layout } from "./layout.ts";
import { mapShared } from "./libc.ts";
import type { PinnedObjects } from "./pinnedObjects.ts";

const at = layout.process;
/** Beside those that are there at first, for what comes until the programs are off. */
const ROOM = 4096;

/** Maps of the process table, for the load that takes its place. */
export const PROCESS_MAPS = ["processes", "displaced"] as const;

/** An earlier load, as far as its process table is concerned. */
export interface ProcessSource {
  readonly objects: Pick<PinnedObjects, "map" | "mapFd" | "maxEntries">;
  readonly state: { readonly processLayout: number };
}

/**
 * The entries of an earlier load's process table, with which its successor goes on: an exec number then names one exec
 * only, and a process keeps its ancestors.
 */
export class ProcessesBefore {
  /** There is none, or its table can be gone on with. */
  readonly known: boolean;
  readonly #source: ProcessSource | undefined;
  readonly #copied = new Map<number, Buffer>();
  /** Entries to make room for. */
  readonly limit: number;

  /** `source`: the load whose programs collect, if there is one. */
  constructor(source: ProcessSource | undefined) {
    this.known = source === undefined || source.state.processLayout === constants.PROCESS_LAYOUT;
    this.#source = this.known ? source : undefined;
    const count = this.#source === undefined ? 0 : [...entriesOf(this.#source)].length;
    this.limit = this.#source === undefined ? 1 : 2 * count + ROOM;
  }

  /** To be called while the programs collect, so that little is left for `finish`. */
  begin(map: BpfMap): void {
    this.#copyTo(map);
  }

  /** To be called when they don't any more. Returns how many found no room. */
  finish(map: BpfMap): number {
    const refused = this.#copyTo(map);
    this.#copied.clear();
    return refused;
  }

  /** Copies what has changed since it was copied last. Returns how many found no room. */
  #copyTo(map: BpfMap): number {
    if (this.#source === undefined) return 0;
    let refused = 0;
    for (const [pid, entry] of entriesOf(this.#source)) {
      if (this.#copied.get(pid)?.equals(entry) === true) continue;
      try {
        map.set(u32(pid), entry);
        this.#copied.set(pid, entry);
      } catch {
        refused++;
      }
    }
    return refused;
  }
}

/** Copies of the entries in use, by pid. */
function* entriesOf({ objects }: ProcessSource): Generator<readonly [number, Buffer]> {
  const fd = objects.mapFd("processes");
  const bytes = at.size * objects.maxEntries("processes");
  const mapping = mapShared(fd, bytes, 0, false);
  try {
    const words = new Uint32Array(mapping.buffer);
    for (let offset = 0; offset < bytes; offset += at.size) {
      const pid = words[(offset + at.pid) / 4] ?? 0;
      if (pid !== 0) yield [pid, Buffer.copyBytesFrom(words, offset / 4, at.size / 4)];
    }
  } finally {
    mapping.unmap();
  }
  const displaced = objects.map("displaced", 4, at.size);
  for (const key of displaced.keys()) {
    const entry = displaced.get(key);
    if (entry !== undefined) yield [key.readUInt32LE(), entry];
  }
}
