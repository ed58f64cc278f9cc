import type { Memento } from "vscode";
import type { HistoryHead } from "../../protocol/stream.ts";

/** So many tracers are remembered, those that were stored last. */
const MAX_HEADS = 1_000;
const KEY = "historyHeads";

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

  /** Undefined, too, where what is stored is none. */
  get(tracer: string): RememberedHead | undefined {
    const value = this.#all().find(([key]) => key === tracer)?.[1];
    if (typeof value !== "object" || value === null) return undefined;
    const { head, differs } = value as Partial<RememberedHead>;
    return isHead(head) ? { head, differs: differs === true } : undefined;
  }

  /** Keeps it, or with undefined forgets what was kept. */
  async set(tracer: string, value: RememberedHead | undefined): Promise<void> {
    const others = this.#all().filter(([key]) => key !== tracer);
    const next = value === undefined ? others : [[tracer, value], ...others];
    await this.#memento.update(KEY, next.slice(0, MAX_HEADS));
  }

  #all(): readonly (readonly [unknown, unknown])[] {
    const stored = this.#memento.get<unknown>(KEY);
    return Array.isArray(stored)
      ? stored.filter((each): each is [unknown, unknown] => Array.isArray(each))
      : [];
  }
}

/** Whether that is a head as services tell it. */
export function isHead(value: unknown): value is HistoryHead {
  if (typeof value !== "object" || value === null) return false;
  const { seq, hash } = value as Partial<HistoryHead>;
  return Number.isSafeInteger(seq) && typeof hash === "string" && /^[0-9a-f]{64}$/.test(hash);
}
