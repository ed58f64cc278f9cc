import type { Duplex, Readable } from "node:stream";

/** A request to the API server, whose body is JSON in both directions. */
export interface ApiRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  /** Begins with a slash; its parts are made by `apiPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** `application/json` unless it says otherwise. */
  readonly contentType?: string;
  /** What is wanted of a list or a watch: whole objects unless it says otherwise. */
  readonly accept?: string;
  readonly signal?: AbortSignal;
}

/** The API server of one context, asked with the rights of its user. All of them reject with an `ApiError`. */
export interface ApiServer {
  /** The JSON of the answer. */
  call(request: ApiRequest): Promise<unknown>;
  /** The answer as it comes; one that stops in the middle is given up. */
  download(request: ApiRequest): Promise<Readable>;
  /** The answer as it comes, for as long as it lasts, however silent. */
  stream(request: ApiRequest): Promise<Readable>;
  /** A connection to a port of a pod; there is no port on this machine. */
  tunnel(pod: PodAddress): Promise<Duplex>;
}

/** A port of a pod's own network, loopback included. */
export interface PodAddress {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
}

/** A path of the API, each part encoded: names come from the cluster. */
export function apiPath(...parts: readonly string[]): string {
  return `/${parts.map(encodeURIComponent).join("/")}`;
}
