import { lstat } from "node:fs/promises";
import type { Clock } from "../clock.ts";
import type { EventSource } from "./eventSource.ts";
import type { Sources } from "./sources.ts";

/** How often the socket is looked for: one system call each. */
export const LOOK_INTERVAL_MS = 2_000;

/** What connecting by itself needs of the outside. */
export interface AutoConnectOptions {
  readonly sources: Sources;
  /** Id of the source that `open` makes. */
  readonly id: string;
  /** Identity of the socket that is there now, or undefined: a service that starts again makes another one. */
  readonly look: () => Promise<string | undefined>;
  /** Connects to the socket. */
  readonly open: () => EventSource & { retry(): void };
  readonly clock: Clock;
}

/**
 * Connects to the local service as soon as its socket is there, and without waiting when there is a new one. Once the
 * user has taken the source away it stays away, for as long as this socket exists.
 */
export class AutoConnect {
  readonly #options: AutoConnectOptions;
  #source: (EventSource & { retry(): void }) | undefined;
  #seen: string | undefined;
  #cancel: (() => void) | undefined;
  #disposed = false;

  constructor(options: AutoConnectOptions) {
    this.#options = options;
    void this.#lookNow();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancel?.();
  }

  async #lookNow(): Promise<void> {
    const found = await this.#options.look();
    if (this.#disposed) return;
    if (found !== undefined && found !== this.#seen) this.#connect();
    this.#seen = found;
    this.#cancel = this.#options.clock.after(LOOK_INTERVAL_MS, () => void this.#lookNow());
  }

  #connect(): void {
    const { sources, id, open } = this.#options;
    const present = sources.all.find((source) => source.id === id);
    if (present === undefined) {
      this.#source = open();
      sources.add(this.#source);
    } else if (present === this.#source && present.state.type === "disconnected") {
      this.#source.retry();
    }
  }
}

/** Identity of the socket at that path; undefined when there is none or it can't be seen. */
export async function lookForSocket(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    return stats.isSocket()
      ? `${String(stats.dev)}:${String(stats.ino)}:${String(stats.birthtimeMs)}`
      : undefined;
  } catch {
    return undefined;
  }
}
