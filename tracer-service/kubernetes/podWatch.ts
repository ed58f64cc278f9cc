import type { PodFacts } from "../identity/podFacts.ts";
import type { PodListener, PodSource } from "../identity/podSource.ts";
import type { Diagnostics } from "../diagnostics.ts";
import { KubeError } from "./kubeError.ts";
import type { PodApi, WatchMessage } from "./podApi.ts";
import type { PodList, PodTeller } from "./podTeller.ts";
import { BEGIN, nextWatchState, type WatchEvent, type WatchState } from "./watchState.ts";

/** How long a doubt waits for the watch to prove itself; doubled each time that reconnecting brought nothing. */
const DOUBT_MS = 2_000;
const MAX_DOUBT_MS = 300_000;
/** The failures that are no passing trouble, which the first line should say at once. */
const TELL_AT_ATTEMPT = 2;

/** For metrics. */
export interface PodWatchCounts {
  /** Lists, watches begun, and requests that failed. */
  lists: number;
  watches: number;
  failures: number;
}

interface PodsAhead {
  readonly pods: readonly PodFacts[];
  readonly resourceVersion: string;
}

async function takeAhead(ahead: Promise<PodsAhead>, seen: PodList): Promise<string> {
  const { pods, resourceVersion } = await ahead;
  for (const pod of pods) seen.take(pod);
  return resourceVersion;
}

/** Follows the pods of a node for as long as the service runs, whatever the API server does. */
export class PodWatch implements PodSource {
  readonly counts: PodWatchCounts = { lists: 0, watches: 0, failures: 0 };
  readonly #api: PodApi;
  readonly #teller: PodTeller;
  readonly #log: Diagnostics;
  readonly #stopped = new AbortController();
  #state: WatchState = BEGIN;
  /** Ends what is under way when it is in doubt. */
  #current = new AbortController();
  #doubt: NodeJS.Timeout | undefined;
  #doubtMs = DOUBT_MS;
  /** The first list, which was asked for before there was a listener. */
  #ahead: Promise<PodsAhead> | undefined;
  #told = 0;
  #away = false;

  constructor(api: PodApi, teller: PodTeller, log: Diagnostics) {
    this.#api = api;
    this.#teller = teller;
    this.#log = log;
  }

  /**
   * Lists the pods before there is a listener, who is told by `start`: what happens after the list, the watch tells. Where
   * that fails, `start` lists as it would have.
   */
  listAhead(): void {
    this.counts.lists++;
    const pods: PodFacts[] = [];
    const listed = this.#api
      .list((object) => {
        const pod = this.#teller.read(object);
        if (pod !== undefined) pods.push(pod);
      })
      .then((resourceVersion) => ({ pods, resourceVersion }));
    // Who takes it hears of it.
    listed.catch(() => undefined);
    this.#ahead = listed;
  }

  start(listener: PodListener): void {
    this.#teller.start(listener);
    void this.#run();
  }

  stop(): void {
    this.#stopped.abort();
    this.#current.abort();
    clearTimeout(this.#doubt);
    this.#teller.stop();
  }

  /** A connection that was cut in silence looks like one on which nothing happens: such a one is opened anew. */
  doubt(): void {
    if (this.#doubt !== undefined || this.#stopped.signal.aborted) return;
    const told = this.#told;
    this.#doubt = setTimeout(() => {
      this.#doubt = undefined;
      if (told !== this.#told) {
        this.#doubtMs = DOUBT_MS;
        return;
      }
      this.#doubtMs = Math.min(MAX_DOUBT_MS, this.#doubtMs * 2);
      if (this.#state.type === "watching") this.#current.abort();
    }, this.#doubtMs);
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      this.#current = new AbortController();
      const event = await this.#step(this.#state, this.#current.signal);
      this.#next(event);
    }
  }

  async #step(state: WatchState, signal: AbortSignal): Promise<WatchEvent> {
    try {
      switch (state.type) {
        case "listing":
          return await this.#list();
        case "watching":
          this.counts.watches++;
          return await this.#watch(state.resourceVersion, signal);
        case "waiting":
          await this.#rest(state.ms);
          return { type: "waited" };
      }
    } catch (error) {
      if (this.#stopped.signal.aborted) return { type: "ended" };
      if (signal.aborted) return { type: "doubted" };
      return this.#failed(error);
    }
  }

  async #list(): Promise<WatchEvent> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const seen = this.#teller.beginList();
    const resourceVersion = ahead === undefined ? await this.#listInto(seen) : await takeAhead(ahead, seen);
    seen.end();
    this.#told++;
    this.#answered();
    return { type: "listed", resourceVersion };
  }

  #listInto(seen: PodList): Promise<string> {
    this.counts.lists++;
    return this.#api.list((object) => {
      const pod = this.#teller.read(object);
      if (pod !== undefined) seen.take(pod);
    });
  }

  async #watch(from: string, signal: AbortSignal): Promise<WatchEvent> {
    for await (const message of this.#api.watch(from, signal)) {
      this.#next({ type: "told", resourceVersion: message.resourceVersion });
      this.#tell(message);
      this.#answered();
    }
    return { type: "ended" };
  }

  #rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const { signal } = this.#stopped;
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener("abort", end);
    });
  }

  #tell({ type, object }: WatchMessage): void {
    if (type !== "bookmark") this.#told++;
    if (type === "changed") this.#teller.changed(object);
    if (type === "deleted") this.#teller.deleted(object);
  }

  #next(event: WatchEvent): void {
    this.#state = nextWatchState(this.#state, event, Math.random());
  }

  #failed(error: unknown): WatchEvent {
    this.counts.failures++;
    const { status, retryAfterMs } =
      error instanceof KubeError ? error : { status: undefined, retryAfterMs: undefined };
    const refused = status === 401 || status === 403;
    if (!this.#away && (refused || this.#state.attempts + 1 >= TELL_AT_ATTEMPT)) {
      this.#away = true;
      this.#log.error({ err: error }, refused ? REFUSED : AWAY);
    }
    return { type: "failed", status, retryAfterMs };
  }

  #answered(): void {
    if (!this.#away) return;
    this.#away = false;
    this.#log.info({}, "the API server tells of pods again");
  }
}

const REFUSED =
  "the API server refuses to tell of this node's pods: grant the tracer's service account list and watch on pods; until then everything is logged, without labels";
const AWAY =
  "the API server does not tell of this node's pods; until it does, everything is logged, and what is new without labels";
