import { objectOf, objectsOf, textOf, type Json } from "./json.ts";
import type { KubeClient } from "./kubeClient.ts";
import { KubeError } from "./kubeError.ts";

/** What a watch tells, one at a time. `bookmark`: nothing has changed up to this version. */
export interface WatchMessage {
  readonly type: "changed" | "deleted" | "bookmark";
  readonly object: unknown;
  readonly resourceVersion: string;
}

/** The requests that following a node's pods takes. */
export interface PodApi {
  /** Gives each pod there is to `take`; resolves with the list's version. Rejects with a `KubeError`. */
  list(take: (pod: unknown) => void): Promise<string>;
  /** What happens after a version. Throws a `KubeError`, of status 410 when the server has forgotten that version. */
  watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchMessage, void>;
}

/** Few, since a pod may be several megabytes: what a page takes is gone before the next. Where they are, fewer. */
const PAGE = 50;
const MAX_REQUESTS = 2_000;
const MAX_VERSION = 256;
const WATCH_SECONDS = 300;
/** The server sends a bookmark every minute or so. */
const SILENCE_MS = 120_000;

/** The pods that are bound to a node. */
export class NodePodApi implements PodApi {
  readonly #client: Pick<KubeClient, "ask" | "watch">;
  readonly #selector: string;

  constructor(client: Pick<KubeClient, "ask" | "watch">, nodeName: string) {
    this.#client = client;
    this.#selector = `fieldSelector=${encodeURIComponent(`spec.nodeName=${nodeName}`)}`;
  }

  async list(take: (pod: unknown) => void): Promise<string> {
    let next = "";
    let page = PAGE;
    for (let request = 0; request < MAX_REQUESTS; request++) {
      const rest = next === "" ? "" : `&continue=${encodeURIComponent(next)}`;
      const path = `/api/v1/pods?${this.#selector}&limit=${String(page)}${rest}`;
      const answer = await this.#ask(path, page);
      if (answer === undefined) {
        page = Math.ceil(page / 4);
        continue;
      }
      for (const pod of objectsOf(answer["items"], PAGE)) take(pod);
      const { resourceVersion, continue: more } = objectOf(answer["metadata"]);
      next = typeof more === "string" ? more : "";
      const version = textOf(resourceVersion, MAX_VERSION);
      if (version === undefined) throw new KubeError("the API server's list of pods has no version");
      if (next === "") return version;
    }
    throw new KubeError("the API server's list of pods does not end");
  }

  /** Undefined: that many pods are too long for one answer. */
  async #ask(path: string, page: number): Promise<Json | undefined> {
    try {
      return objectOf(await this.#client.ask({ method: "GET", path }));
    } catch (error) {
      if (error instanceof KubeError && error.tooLong && page > 1) return undefined;
      throw error;
    }
  }

  async *watch(resourceVersion: string, signal: AbortSignal): AsyncGenerator<WatchMessage, void> {
    const from = `resourceVersion=${encodeURIComponent(resourceVersion)}`;
    const path = `/api/v1/pods?watch=1&allowWatchBookmarks=true&${this.#selector}&${from}&timeoutSeconds=${String(WATCH_SECONDS)}`;
    for await (const line of this.#client.watch(path, signal, SILENCE_MS)) yield messageOf(objectOf(line));
  }
}

const TYPES: Readonly<Record<string, WatchMessage["type"]>> = {
  ADDED: "changed",
  MODIFIED: "changed",
  DELETED: "deleted",
  BOOKMARK: "bookmark",
};

function messageOf(line: ReturnType<typeof objectOf>): WatchMessage {
  const object = objectOf(line["object"]);
  const name = typeof line["type"] === "string" ? line["type"] : "";
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;
  if (type === undefined) throw statusError(object);
  const resourceVersion = textOf(objectOf(object["metadata"])["resourceVersion"], MAX_VERSION);
  if (resourceVersion === undefined) throw new KubeError("the API server told of a pod without a version");
  return { type, object, resourceVersion };
}

/** A watch that was accepted ends with a `Status` when it goes wrong later. */
function statusError({ code, message, details }: ReturnType<typeof objectOf>): KubeError {
  const seconds = objectOf(details)["retryAfterSeconds"];
  return new KubeError(`the watch of pods was ended: ${textOf(message, 300) ?? "no reason was given"}`, {
    status: typeof code === "number" ? code : undefined,
    retryAfterMs: typeof seconds === "number" && seconds > 0 ? seconds * 1000 : undefined,
  });
}
