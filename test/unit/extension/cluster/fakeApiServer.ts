import { PassThrough, Readable, type Duplex } from "node:stream";
import { ApiError } from "../../../../extension/cluster/api/apiError.ts";
import type { ApiRequest, ApiServer, PodAddress } from "../../../../extension/cluster/api/apiServer.ts";

/** An API server in memory: a test says what it answers, by method and path. */
export class FakeApiServer implements ApiServer {
  readonly requests: ApiRequest[] = [];
  readonly tunnels: PodAddress[] = [];
  /** Streams that were asked for, in order. */
  readonly streams: PassThrough[] = [];
  readonly #answers = new Map<string, (request: ApiRequest) => unknown>();

  /** `route`: method, blank, path without a query. */
  answer(route: string, answer: (request: ApiRequest) => unknown): void {
    this.#answers.set(route, answer);
  }

  call(request: ApiRequest): Promise<unknown> {
    this.requests.push(request);
    return new Promise((resolve) => {
      resolve(this.#find(request)(request));
    });
  }

  async download(request: ApiRequest): Promise<Readable> {
    return Readable.from([Buffer.from(JSON.stringify(await this.call(request)))]);
  }

  stream(request: ApiRequest): Promise<Readable> {
    this.requests.push(request);
    const stream = new PassThrough();
    this.streams.push(stream);
    request.signal?.addEventListener("abort", () => stream.destroy());
    return Promise.resolve(stream);
  }

  tunnel(pod: PodAddress): Promise<Duplex> {
    this.tunnels.push(pod);
    return Promise.resolve(new PassThrough());
  }

  /** The latest stream. */
  get last(): PassThrough {
    const last = this.streams.at(-1);
    if (last === undefined) throw new Error("no stream was asked for");
    return last;
  }

  #find({ method = "GET", path }: ApiRequest): (request: ApiRequest) => unknown {
    const found = this.#answers.get(`${method} ${path}`);
    if (found === undefined)
      throw new ApiError(() => `the API server says: ${path} not found`, 404, "NotFound");
    return found;
  }
}

/** Lets streams and promises do what they are about to do. */
export async function turn(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
