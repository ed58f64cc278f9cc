import { createServer } from "node:net";

/** How many ports after the first are tried. */
const TRIES = 100;

/** Whether a port of 127.0.0.1 can be listened on now. */
export type CanListen = (port: number) => Promise<boolean>;

/**
 * The port to listen on: the first that is free from `port` on or, when the user named it, that one and no other.
 * Throws one line when there is none.
 */
export async function findPort(
  port: number,
  given: boolean,
  canListen: CanListen = canListenOnLoopback,
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
