import type { Clock } from "../clock.ts";
import { findToken, type Secrets } from "./bearerToken.ts";
import { type ConnectionTarget, targetHost, targetId, targetPlace } from "./connectionTarget.ts";
import { TracerSource } from "./tracerSource.ts";

/** What a connection needs of the outside. */
export interface OpenTracerOptions {
  readonly secrets: Secrets;
  /** Name of this machine. */
  readonly thisHost: string;
  readonly clock: Clock;
  readonly log: (message: string) => void;
  /** Asked at each try, since the file may be another one by then. */
  readonly tokenFile: () => string | undefined;
}

/** Connects to a tracer service. A URL's token is looked up at each try; a Unix socket needs none. */
export function openTracer(target: ConnectionTarget, options: OpenTracerOptions): TracerSource {
  const findTargetToken = async (): Promise<string | undefined> =>
    target.type === "unix" ? undefined : await findToken(target.url, options.tokenFile(), options.secrets);
  return new TracerSource({
    id: targetId(target),
    name: targetHost(target, options.thisHost),
    place: targetPlace(target),
    clock: options.clock,
    log: options.log,
    open: async (handlers) => {
      const token = await findTargetToken();
      // Nobody who is not connected pays for loading it.
      const { openWebSocket } = await import("./webSocket.ts");
      return openWebSocket(target, { token }, handlers);
    },
    readHistory: async (query, reader, signal) => {
      const token = await findTargetToken();
      const { readHistoryOverHttp } = await import("../history/httpHistory.ts");
      return readHistoryOverHttp({ target, token }, query, reader, signal);
    },
  });
}
