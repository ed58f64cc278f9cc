import type { TextPacker } from "./lineStore.ts";
import type { ToWorker } from "../workerMessages.ts";

/** Lines that came, with their text where they had to be unpacked. */
export type EventsWork = Extract<ToWorker, { readonly type: "events" }> & { readonly text?: string };

/** Lines that can't be unpacked; `lines`: how many, where that was told. */
export interface LostWork {
  readonly type: "lostLines";
  readonly source: string;
  readonly lines: number | undefined;
}

/** What must keep its order. */
export type Work =
  EventsWork | LostWork | Extract<ToWorker, { readonly type: "gap" | "sourceRemoved" | "export" }>;

/** Hands work on in the order it comes in: packed lines once they are unpacked, and what came after them behind them. */
export class Arrivals {
  readonly #packer: TextPacker;
  readonly #next: (work: Work) => void;
  readonly #failed: (error: unknown) => void;
  readonly #waiting: Work[] = [];

  /** `failed` is told why lines can't be unpacked: they are handed on as lost, before their batch without any. */
  constructor(packer: TextPacker, next: (work: Work) => void, failed: (error: unknown) => void) {
    this.#packer = packer;
    this.#next = next;
    this.#failed = failed;
  }

  /** Whether something is being unpacked. */
  get busy(): boolean {
    return this.#waiting.length > 0;
  }

  add(work: Work): void {
    if (!this.busy && !isPacked(work)) {
      this.#next(work);
      return;
    }
    if (this.#waiting.push(work) === 1) void this.#unpackAll();
  }

  /** Never rejects. */
  async #unpackAll(): Promise<void> {
    for (let work = this.#waiting[0]; work !== undefined; work = this.#waiting[0]) {
      const ready = isPacked(work) ? { ...work, text: await this.#unpack(work) } : work;
      this.#waiting.shift();
      this.#next(ready);
    }
  }

  async #unpack({ source, lines, unpackedLength, unpackedLines }: EventsWork): Promise<string> {
    try {
      return await this.#packer.unpack(lines, unpackedLength ?? 0);
    } catch (error) {
      this.#failed(error);
      this.#next({ type: "lostLines", source, lines: unpackedLines });
      return "";
    }
  }
}

function isPacked(work: Work): work is EventsWork {
  return work.type === "events" && work.unpackedLength !== undefined;
}
