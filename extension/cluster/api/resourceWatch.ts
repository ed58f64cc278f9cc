import type { Readable } from "node:stream";
import type { SourceState } from "../../../protocol/webviewMessages.ts";
import type { Clock } from "../../clock.ts";
import { LineSplitter } from "../../logs/lineSplitter.ts";
import { Reconnector } from "../../source/reconnector.ts";
import { ApiError } from "./apiError.ts";
import type { ApiServer } from "./apiServer.ts";
import { asObject, asText, type Json } from "./json.ts";
import { MAX_OBJECT_LENGTH } from "./keptJson.ts";
import { ListItems } from "./listItems.ts";
import type { Wanted } from "./wantedParts.ts";
import { whyText } from "../../../protocol/text/shownError.ts";
import { english } from "../../../protocol/text/translate.ts";

/** What the API server has in memory, which may be a little old: the watch that follows brings the rest. */
const FROM_MEMORY = "0";
/** The API server ends a watch after a time of its own choice; this bounds it. */
const WATCH_SECONDS = "540";
/** One that ends sooner is a failure, after which there is a wait. */
const SHORTEST_WATCH_MS = 1_000;
/** `continue` tokens and resource versions that are too old. */
const GONE = 410;

const metadataOf = (kind: string): string =>
  `application/json;as=${kind};v=v1;g=meta.k8s.io,application/json`;

/** Of each object only who it is and its labels: its specification may be many times as long. */
export const METADATA_ONLY = {
  list: metadataOf("PartialObjectMetadataList"),
  watch: metadataOf("PartialObjectMetadata"),
};

/** Objects that are new or have changed; with `all`, every other one is gone. */
export interface ResourceChange<T> {
  readonly all: boolean;
  readonly changed: readonly T[];
  /** Uids. */
  readonly removed: readonly string[];
}

/** What a watch needs of the outside. */
export interface ResourceWatchOptions<T> {
  readonly api: ApiServer;
  /** Of the collection. */
  readonly path: string;
  /** As `ApiRequest`; undefined: whole objects. */
  readonly accept?: { readonly list: string; readonly watch: string };
  /** What `parse` reads: of nothing else in a list a value is made. */
  readonly wanted: Wanted;
  /** What is kept of an object; undefined: nothing. */
  readonly parse: (object: Json) => T | undefined;
  readonly clock: Clock;
  readonly onChange: (change: ResourceChange<T>) => void;
  readonly onState: () => void;
}

/**
 * Lists a collection and then watches it, for as long as it is not disposed of. What was known stays known
 * while the API server is away.
 */
export class ResourceWatch<T> {
  readonly #options: ResourceWatchOptions<T>;
  readonly #abort = new AbortController();
  readonly #reconnector: Reconnector;
  /** Where the watch goes on; undefined: only a new list can tell. */
  #version: string | undefined;
  #listed = false;
  #status = 0;
  #failure: unknown;

  constructor(options: ResourceWatchOptions<T>) {
    this.#options = options;
    const { clock, onState } = options;
    this.#reconnector = new Reconnector({ clock, onState, connect: () => void this.#run() });
    this.#reconnector.start();
  }

  get state(): SourceState {
    return this.#reconnector.state;
  }

  /** Whether everything has been told once. */
  get listed(): boolean {
    return this.#listed;
  }

  /** Why it is not connected, in English, for the log; undefined: it is, or was not tried yet. */
  get failure(): string | undefined {
    return this.state.type === "disconnected" ? whyText(this.#failure, english) : undefined;
  }

  /** HTTP status of the last refusal, 0 when there was none. */
  get refusedWith(): number {
    return this.state.type === "connected" ? 0 : this.#status;
  }

  retry(): void {
    this.#reconnector.retry();
  }

  dispose(): void {
    this.#reconnector.dispose();
    this.#abort.abort();
  }

  async #run(): Promise<void> {
    try {
      if (this.#version === undefined) await this.#list();
      while (!this.#abort.signal.aborted) await this.#watch();
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      this.#status = error instanceof ApiError ? error.status : 0;
      if (this.#status === GONE) this.#version = undefined;
      this.#failure = error;
      this.#reconnector.failed(error, false);
    }
  }

  /** All in one answer, which is read while the API server still writes it. */
  async #list(): Promise<void> {
    const { api, path, wanted, parse, onChange, accept } = this.#options;
    const found: T[] = [];
    const items = new ListItems((item) => {
      const parsed = parse(item);
      if (parsed !== undefined) found.push(parsed);
    }, wanted);
    // A second list has to be newer than the first.
    const query = this.#listed ? {} : { resourceVersion: FROM_MEMORY };
    const answer = await api.download({
      ...{ path, query, signal: this.#abort.signal },
      ...(accept && { accept: accept.list }),
    });
    for await (const chunk of answer as AsyncIterable<Buffer>) items.push(chunk);
    const { metadata } = items.end();
    if (this.#abort.signal.aborted) return;
    this.#version = asText(asObject(metadata)["resourceVersion"]);
    this.#listed = true;
    onChange({ all: true, changed: found, removed: [] });
    this.#reconnector.connected();
  }

  async #watch(): Promise<void> {
    const { api, path, clock, accept } = this.#options;
    const query = {
      watch: "true",
      allowWatchBookmarks: "true",
      timeoutSeconds: WATCH_SECONDS,
      ...(this.#version === undefined ? {} : { resourceVersion: this.#version }),
    };
    const stream = await api.stream({
      ...{ path, query, signal: this.#abort.signal },
      ...(accept && { accept: accept.watch }),
    });
    const startedMs = clock.nowMs();
    this.#reconnector.connected();
    await this.#readEvents(stream);
    if (clock.nowMs() - startedMs < SHORTEST_WATCH_MS) {
      throw new ApiError((t) => t("the API server ends each watch at once"), 0);
    }
  }

  /** Until the API server ends it, which is no failure. */
  async #readEvents(stream: Readable): Promise<void> {
    let changed = new Map<string, T>();
    let removed = new Set<string>();
    const tooLong = (): void => {
      throw new ApiError((t) => t("the API server sent an event of a watch that is too long"), GONE);
    };
    const splitter = new LineSplitter(
      MAX_OBJECT_LENGTH,
      (line) => {
        this.#event(line, changed, removed);
      },
      tooLong,
    );
    stream.setEncoding("utf8");
    for await (const chunk of stream as AsyncIterable<string>) {
      try {
        splitter.push(chunk);
      } finally {
        // Also before an error: the watch goes on after what was read.
        if (changed.size + removed.size > 0) {
          this.#options.onChange({ all: false, changed: [...changed.values()], removed: [...removed] });
        }
        changed = new Map();
        removed = new Set();
      }
    }
  }

  #event(line: string, changed: Map<string, T>, removed: Set<string>): void {
    if (line.trim() === "") return;
    const event = asObject(JSON.parse(line));
    const object = asObject(event["object"]);
    if (event["type"] === "ERROR") {
      const code = typeof object["code"] === "number" ? object["code"] : 0;
      const message = asText(object["message"]);
      throw new ApiError((t) => message ?? t("the watch was ended"), code, asText(object["reason"]));
    }
    const metadata = asObject(object["metadata"]);
    this.#version = asText(metadata["resourceVersion"]) ?? this.#version;
    if (event["type"] === "BOOKMARK") return;
    const uid = asText(metadata["uid"]);
    if (uid === undefined) return;
    const parsed = event["type"] === "DELETED" ? undefined : this.#options.parse(object);
    if (parsed === undefined) {
      changed.delete(uid);
      removed.add(uid);
    } else {
      removed.delete(uid);
      changed.set(uid, parsed);
    }
  }
}
