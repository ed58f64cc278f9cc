import type { Diagnostics } from "../diagnostics.ts";
import type { KubeClient } from "./kubeClient.ts";
import { KubeError } from "./kubeError.ts";

/** What follows a kind of object. */
export interface ResourceWatchOptions<Facts> {
  readonly client: Pick<KubeClient, "ask" | "watch">;
  /** What is followed, in words: `nodes`. */
  readonly what: string;
  /** Path of the list, with its query if it has one. */
  readonly path: string;
  /** What is kept of an object; undefined: it is left out. */
  readonly parse: (object: unknown) => Facts | undefined;
  readonly changed: () => void;
  /** Hears of each object that was listed or has changed, and of each that was deleted. */
  readonly seen?: (facts: Facts) => void;
  readonly gone?: (facts: Facts) => void;
  /** Everything is known again after the API server could not be asked. */
  readonly resumed?: () => void;
  readonly log: Pick<Diagnostics, "info" | "warn">;
  readonly timing?: ResourceWatchTiming;
}

/** In ms. A watch that the server should have ended by then has been cut somewhere on the way. */
export interface ResourceWatchTiming {
  readonly watchMs: number;
  readonly silenceMs: number;
  readonly retryMs: number;
}

interface Item {
  readonly kind?: unknown;
  readonly metadata?: { readonly uid?: unknown; readonly resourceVersion?: unknown };
}

const defaultTiming: ResourceWatchTiming = { watchMs: 30_000, silenceMs: 35_000, retryMs: 1_000 };
const MAX_RETRY_MS = 10_000;
const PAGE = 500;
const MAX_PAGES = 1_000;

/** The objects of a kind as the API server has them: listed, then watched, and listed anew when a watch is too old. */
export class ResourceWatch<Facts> {
  readonly #options: ResourceWatchOptions<Facts>;
  readonly #timing: ResourceWatchTiming;
  readonly #stopped = new AbortController();
  #items = new Map<string, Facts>();
  #synced = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(options: ResourceWatchOptions<Facts>) {
    this.#options = options;
    this.#timing = options.timing ?? defaultTiming;
  }

  get items(): Iterable<Facts> {
    return this.#items.values();
  }

  /** Everything has been listed once. */
  get synced(): boolean {
    return this.#synced;
  }

  /** The API server answers. */
  get live(): boolean {
    return this.#synced && this.#failures === 0;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let version: string | undefined;
    while (!this.#isStopped()) {
      try {
        version ??= await this.#list();
        version = await this.#watch(version);
      } catch (error) {
        if (this.#isStopped()) return;
        if (error instanceof KubeError && error.status === 410) version = undefined;
        else await this.#failed(error);
      }
    }
  }

  async #list(): Promise<string> {
    const { client, path, parse } = this.#options;
    const items = new Map<string, Facts>();
    let next = "";
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = `limit=${String(PAGE)}${next === "" ? "" : `&continue=${encodeURIComponent(next)}`}`;
      const answer = (await client.ask({
        method: "GET",
        path: withQuery(path, query),
        signal: this.#stopped.signal,
      })) as {
        readonly items?: unknown;
        readonly metadata?: { readonly resourceVersion?: unknown; readonly continue?: unknown };
      } | null;
      if (!Array.isArray(answer?.items)) throw new KubeError(`the list of ${this.#options.what} is none`);
      for (const item of answer.items as Item[]) {
        const facts = parse(item);
        const uid = item.metadata?.uid;
        if (facts !== undefined && typeof uid === "string") items.set(uid, facts);
      }
      const { resourceVersion, continue: more } = answer.metadata ?? {};
      if (typeof more === "string" && more !== "") {
        next = more;
        continue;
      }
      if (typeof resourceVersion !== "string")
        throw new KubeError(`the list of ${this.#options.what} has no version`);
      this.#replace(items);
      this.#synced = true;
      this.#answered();
      this.#options.changed();
      return resourceVersion;
    }
    throw new KubeError(`the list of ${this.#options.what} does not end`);
  }

  /** Returns the version from which to go on. */
  async #watch(from: string): Promise<string> {
    const { client, path, parse, changed } = this.#options;
    const { watchMs, silenceMs } = this.#timing;
    const seconds = String(Math.ceil(watchMs / 1000));
    const query = `watch=1&allowWatchBookmarks=true&resourceVersion=${encodeURIComponent(from)}&timeoutSeconds=${seconds}`;
    let version = from;
    for await (const line of client.watch(withQuery(path, query), this.#stopped.signal, silenceMs)) {
      const { type, object } = (line ?? {}) as { readonly type?: unknown; readonly object?: Item };
      if (type === "ERROR") throw errorOf(object, this.#options.what);
      this.#answered();
      const { uid, resourceVersion } = object?.metadata ?? {};
      if (typeof resourceVersion === "string") version = resourceVersion;
      if (type === "BOOKMARK" || typeof uid !== "string") continue;
      const facts = type === "DELETED" ? undefined : parse(object);
      if (facts === undefined) this.#forget(uid);
      else {
        this.#items.set(uid, facts);
        this.#options.seen?.(facts);
      }
      changed();
    }
    this.#answered();
    return version;
  }

  #replace(items: Map<string, Facts>): void {
    for (const uid of [...this.#items.keys()]) if (!items.has(uid)) this.#forget(uid);
    this.#items = items;
    for (const facts of items.values()) this.#options.seen?.(facts);
  }

  #forget(uid: string): void {
    const facts = this.#items.get(uid);
    this.#items.delete(uid);
    if (facts !== undefined) this.#options.gone?.(facts);
  }

  #isStopped(): boolean {
    return this.#stopped.signal.aborted;
  }

  #answered(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#options.log.info({ what: this.#options.what }, "the API server answers again");
    this.#options.resumed?.();
  }

  async #failed(error: unknown): Promise<void> {
    const { what, log } = this.#options;
    if (++this.#failures === 1) log.warn({ err: error, what }, "the API server can't be asked; trying on");
    const { retryMs } = this.#timing;
    const waitMs = Math.min(MAX_RETRY_MS, retryMs * 2 ** Math.min(10, this.#failures - 1));
    const asked = error instanceof KubeError ? (error.retryAfterMs ?? 0) : 0;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(waitMs, Math.min(asked, MAX_RETRY_MS)));
      this.#stopped.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}

function errorOf(object: unknown, what: string): KubeError {
  const { code, message } = (object ?? {}) as { readonly code?: unknown; readonly message?: unknown };
  return new KubeError(
    `the watch of ${what} ended: ${typeof message === "string" ? message : "no reason given"}`,
    {
      status: typeof code === "number" ? code : undefined,
    },
  );
}
