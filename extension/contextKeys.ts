import type { FilterState } from "./filter/filterState.ts";
import { isEmptyFilter } from "./filter/parseViewFilter.ts";
import { searchable } from "./history/historySearch.ts";
import type { EventSource } from "./source/eventSource.ts";
import type { Sources } from "./source/sources.ts";
import type { ProcessStream } from "./stream/processStream.ts";

/** What menus and commands ask for in `when` and `enablement`. */
export const CONTEXT_KEYS = [
  "processLogging.streamOpen",
  "processLogging.paused",
  /** At least one tracer is connected. */
  "processLogging.connected",
  "processLogging.hasSources",
  /** At least one cluster is among the sources. */
  "processLogging.hasCluster",
  /** At least one source has a history to ask. */
  "processLogging.hasHistory",
  /** There is a filter, or the view is narrowed beyond it. */
  "processLogging.filtered",
  /** These two are for the walkthrough's ticks. */
  "processLogging.hadSources",
  "processLogging.wasFiltered",
] as const;

export type ContextKey = (typeof CONTEXT_KEYS)[number];

/** What the keys are computed from, and where they go. */
export interface ContextKeysOptions {
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly stream: ProcessStream;
  readonly setContext: (key: ContextKey, value: boolean) => void;
}

/** Keeps the context keys up to date, and tells the editor only of changes. */
export class ContextKeys {
  readonly #options: ContextKeysOptions;
  readonly #told = new Map<ContextKey, boolean>();
  readonly #listeners: { dispose(): unknown }[];
  readonly #sourceListeners = new Map<EventSource, { dispose(): unknown }>();

  constructor(options: ContextKeysOptions) {
    this.#options = options;
    const update = (): void => {
      this.#update();
    };
    this.#listeners = [
      options.sources.onDidChange(() => {
        this.#followSources();
      }),
      options.filter.onDidChange(update),
      options.stream.onDidChangeStatus(update),
    ];
    this.#followSources();
  }

  dispose(): void {
    for (const listener of [...this.#listeners, ...this.#sourceListeners.values()]) listener.dispose();
    this.#sourceListeners.clear();
  }

  #followSources(): void {
    const { all } = this.#options.sources;
    for (const [source, listener] of this.#sourceListeners) {
      if (all.includes(source)) continue;
      listener.dispose();
      this.#sourceListeners.delete(source);
    }
    for (const source of all) {
      if (this.#sourceListeners.has(source)) continue;
      const listener = source.onDidChangeState(() => {
        this.#update();
      });
      this.#sourceListeners.set(source, listener);
    }
    this.#update();
  }

  #update(): void {
    const { sources, filter, stream } = this.#options;
    this.#set("processLogging.streamOpen", stream.isOpen);
    this.#set("processLogging.paused", stream.status?.paused === true);
    this.#set(
      "processLogging.connected",
      sources.all.some(({ state }) => state.type === "connected"),
    );
    this.#set("processLogging.hasSources", sources.all.length > 0);
    this.#set(
      "processLogging.hasCluster",
      sources.all.some(({ kind }) => kind === "pods"),
    );
    this.#set("processLogging.hasHistory", searchable(sources.all).length > 0);
    this.#set("processLogging.filtered", !isEmptyFilter(filter.current) || stream.status?.narrowed === true);
  }

  #set(key: ContextKey, value: boolean): void {
    if (this.#told.get(key) === value) return;
    this.#told.set(key, value);
    this.#options.setContext(key, value);
  }
}
