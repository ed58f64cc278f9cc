import type { Memento } from "vscode";
import type { HistoryHead } from "../../protocol/stream.ts";

/** So many tracers are remembered, those that were stored last. */
export const MAX_HEADS = 1_000;
const KEY = "historyHeads";
const FORGOTTEN_KEY = "historyHeadsForgotten";

/** What is kept of a tracer's history. */
export interface RememberedHead {
  readonly head: HistoryHead;
  readonly differs: boolean;
}

/** The heads of histories by tracer, over all windows. */
export class HeadMemory {
  readonly #memento: Pick<Memento, "get" | "update">;

  constructor(memento: Pick<Memento, "get" | "update">) {
    this.#memento = memento;
  }

  /** How often a tracer was forgotten because there were too many. */
  get forgotten(): number {
    const stored = this.#memento.get<unknown>(FORGOTTEN_KEY);
    return typeof stored === "number" && Number.isSafeInteger(stored) && stored > 0 ? stored : 0;
  }

  /** Undefined, too, where what is stored is none. */
  get(tracer: string): RememberedHead | undefined {
    return rememberedHead(this.#all().find(([key]) => key === tracer)?.[1]);
  }

  /**
   * Keeps these, or with undefined forgets what was kept. Returns how many others had to be forgotten for want of room:
   * those that were stored longest ago, and the ones to warn of last.
   */
  async set(values: ReadonlyMap<string, RememberedHead | undefined>): Promise<number> {
    const others = this.#all().filter(([key]) => typeof key !== "string" || !values.has(key));
    const stored = [...values].filter(([, value]) => value !== undefined);
    const all = [...stored, ...others];
    const first = all.filter(([, value]) => rememberedHead(value)?.differs === true);
    const kept = new Set([...first, ...all.filter((each) => !first.includes(each))].slice(0, MAX_HEADS));
    await this.#memento.update(
      KEY,
      all.filter((each) => kept.has(each)),
    );
    const forgotten = all.length - kept.size;
    if (forgotten > 0) await this.#memento.update(FORGOTTEN_KEY, this.forgotten + forgotten);
    return forgotten;
  }

  #all(): readonly (readonly [unknown, unknown])[] {
    const stored = this.#memento.get<unknown>(KEY);
    return Array.isArray(stored)
      ? stored.filter((each): each is [unknown, unknown] => Array.isArray(each))
      : [];
  }
}

function rememberedHead(value: unknown): RememberedHead | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { head, differs } = value as Partial<RememberedHead>;
  return isHead(head) ? { head, differs: differs === true } : undefined;
}

/** Whether that is a head as services tell it. */
export function isHead(value: unknown): value is HistoryHead {
  if (typeof value !== "object" || value === null) return false;
  const { seq, hash } = value as Partial<HistoryHead>;
  return Number.isSafeInteger(seq) && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash);
}
