import type { HostMessage } from "../../protocol/webviewMessages.ts";
import type { FilterState } from "../filter/filterState.ts";
import { toStreamFilter } from "../filter/toStreamFilter.ts";
import { distinctName } from "../source/distinctName.ts";
import type { EventSource, EventSubscription } from "../source/eventSource.ts";
import type { Sources } from "../source/sources.ts";
import { addRemoved, askNodes, historyQuery, searchable } from "../history/historySearch.ts";
import type { Clock } from "../clock.ts";
import { BatchFlow, type BatchFlowOutput } from "./batchFlow.ts";
import { MergedFlows } from "./mergedFlows.ts";
import type { PackLines } from "./packLines.ts";
import type { EarlierEvents } from "./processStream.ts";

/** What a session needs of the outside. */
export interface ViewSessionOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly post: (message: HostMessage) => void;
  readonly clock: Clock;
  /** For the extension's log: one line. */
  readonly log: (message: string) => void;
  /** For large batches; without it they are sent as they are. */
  readonly pack?: PackLines;
}

/** A source that the view knows. */
interface Feed {
  readonly source: EventSource;
  readonly flow: BatchFlow;
  readonly subscription: EventSubscription;
  readonly stateListener: { dispose(): unknown };
  /** Tells the view its name where that is another one now. */
  readonly tellName: () => void;
  /** What was loaded from before, by which filter: everything down to this number. */
  loaded: { readonly filter: string; readonly through: number } | undefined;
}

/** Events that are loaded at a time, of each node. */
const EARLIER_EVENTS = 5_000;

const utf8 = new TextEncoder();

/** Feeds one view that has said `ready` with all sources, from their beginning, until it is disposed of. */
export class ViewSession {
  readonly #options: ViewSessionOptions;
  readonly #feeds = new Map<string, Feed>();
  /** Brings together what is followed live; files are read as fast as they can be. */
  readonly #merged: MergedFlows;
  readonly #listeners: { dispose(): unknown }[];
  /** The view knows the filter that it has just told. */
  #filterFromView = false;
  /** Counts over all sources: a late answer to a source that is gone means none of one that came since. */
  #lastBatch = 0;

  constructor(options: ViewSessionOptions) {
    this.#options = options;
    const { sources, filter, post, clock, log } = options;
    this.#merged = new MergedFlows({
      clock,
      onLate: (id, { events, maxMs }) => {
        const name = this.#feeds.get(id)?.source.name ?? id;
        log(
          `${name}: ${String(events)} ${events === 1 ? "event" : "events"} came after later ones of other nodes, by up to ${String(Math.ceil(maxMs))} ms`,
        );
      },
    });
    this.#listeners = [
      sources.onDidChange(() => {
        this.#followSources();
      }),
      filter.onDidChange((current) => {
        if (!this.#filterFromView) post({ type: "filter", filter: current });
        this.#merged.replays();
        for (const { subscription } of this.#feeds.values()) subscription.setFilter(toStreamFilter(current));
      }),
    ];
    post({ type: "filter", filter: filter.current });
    this.#followSources();
  }

  /** The view has taken in a batch. */
  consumed(source: string, batch: number): void {
    this.#feeds.get(source)?.flow.consumed(batch);
  }

  /** The user changed the filter in the view. */
  changeFilter(filter: FilterState["current"]): void {
    this.#filterFromView = true;
    try {
      this.#options.filter.set(filter);
    } finally {
      this.#filterFromView = false;
    }
  }

  /** Adds the events before those shown, of each source with a history. Rejects when it is aborted. */
  async loadEarlier(signal: AbortSignal): Promise<EarlierEvents> {
    const filter = toStreamFilter(this.#options.filter.current);
    const search = { filter, pattern: undefined, sinceMs: undefined, untilMs: undefined };
    const key = JSON.stringify(filter);
    const feeds = new Map([...this.#feeds.values()].map((feed) => [feed.source, feed]));
    let [loaded, removed]: [number, number | undefined] = [0, 0];
    const failed = await askNodes(searchable([...feeds.keys()]), signal, async (source) => {
      const feed = feeds.get(source);
      if (feed === undefined) return;
      const query = historyQuery(search, EARLIER_EVENTS);
      const before = feed.loaded?.filter === key ? feed.loaded.through : feed.subscription.earliestSeq;
      if (before !== undefined) query.set("before", String(before));
      const lines: string[] = [];
      const reader = {
        lines: (text: string) => void lines.push(...text.split("\n").slice(0, -1)),
        progress: () => undefined,
      };
      const { through, gaps } = await source.readHistory(query, reader, signal);
      signal.throwIfAborted();
      feed.loaded = { filter: key, through };
      removed = addRemoved(removed, gaps);
      loaded += lines.length;
      if (lines.length > 0) await feed.flow.events(utf8.encode(`${lines.reverse().join("\n")}\n`));
    });
    return { loaded, removed, failed };
  }

  /** Ends all subscriptions. */
  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
    for (const feed of this.#feeds.values()) this.#stop(feed);
    this.#feeds.clear();
    this.#merged.dispose();
  }

  #followSources(): void {
    const { sources, post } = this.#options;
    const open = new Map(sources.all.map((source) => [source.id, source]));
    for (const [id, feed] of this.#feeds) {
      if (open.get(id) === feed.source) continue;
      this.#stop(feed);
      this.#feeds.delete(id);
      post({ type: "sourceRemoved", id });
    }
    for (const [id, source] of open) {
      if (!this.#feeds.has(id)) this.#feeds.set(id, this.#start(source));
    }
    this.#tellNames();
  }

  /** Sources are told apart by more than their names where others have the same. */
  #tellNames(): void {
    for (const { tellName } of this.#feeds.values()) tellName();
  }

  #start(source: EventSource): Feed {
    const { filter, post, pack, sources } = this.#options;
    const { id } = source;
    const tell = (): void => {
      const name = distinctName(source, sources.all);
      post({ type: "source", source: { id, kind: source.kind, name, state: source.state } });
      told = name;
    };
    let told = "";
    tell();
    const output: BatchFlowOutput = {
      batch: (lines) => {
        const batch = ++this.#lastBatch;
        post({ type: "events", source: id, batch, ...lines });
        return batch;
      },
      gap: (gap) => {
        post({ type: "gap", source: id, gap });
      },
    };
    const flow = new BatchFlow(output, pack);
    const sink = source.kind === "file" ? flow : this.#merged.open(id, flow);
    const follow = (): void => {
      this.#merged.setLive(id, source.state.type === "connected");
    };
    follow();
    const stateListener = source.onDidChangeState(() => {
      tell();
      follow();
      this.#tellNames();
    });
    const tellName = (): void => {
      if (distinctName(source, sources.all) !== told) tell();
    };
    const subscription = source.subscribe(toStreamFilter(filter.current), sink);
    return { source, flow, subscription, stateListener, tellName, loaded: undefined };
  }

  #stop({ source, flow, subscription, stateListener }: Feed): void {
    stateListener.dispose();
    subscription.dispose();
    this.#merged.close(source.id);
    flow.close();
  }
}
