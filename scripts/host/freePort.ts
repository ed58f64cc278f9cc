import { createServer } from "node:net";
import { claim } from "../claim.mjs";

/** How many ports after the first are tried. */
const TRIES = 100;

/** Whether a port of 127.0.0.1 can be listened on now, and is no other's who will. */
export type CanListen = (port: number) => Promise<boolean>;

/**
 * The port to listen on: the first that is free from `port` on or, when the user named it, that one and no other.
 * Throws one line when there is none.
 */
export async function findPort(
  port: number,
  given: boolean,
  canListen: CanListen = takePort,
): Promise<number> {
  const last = given ? port : Math.min(port + TRIES, 65_535);
  for (let candidate = port; candidate <= last; candidate++) {
    if (await canListen(candidate)) return candidate;
  }
  throw new Error(
    given
      ? `port ${String(port)} of 127.0.0.1 is taken: name another one, or none, to get the next that is free`
      : `no port of 127.0.0.1 from ${String(port)} to ${String(last)} is free: name one by --port`,
  );
}

/** Whoever starts at the same time takes another one: it takes a while until anything listens. */
async function takePort(port: number): Promise<boolean> {
  const release = await claim(`port ${String(port)}`);
  if (release === undefined) return false;
  if (await canListenOnLoopback(port)) return true;
  release();
  return false;
}

function canListenOnLoopback(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const server = createServer();
  server.once("error", () => {
    resolve(false);
  });
  server.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
    server.close(() => {
      resolve(true);
    });
  });
  return promise;
}
