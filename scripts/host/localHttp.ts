import { get, type RequestOptions } from "node:http";
import { connect } from "node:net";

const TIMEOUT_MS = 5000;

/** The status that a GET of this host is answered with; undefined when nothing answers. */
export function statusOf(
  options: Pick<RequestOptions, "socketPath" | "port" | "path">,
): Promise<number | undefined> {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  const request = get({ host: "127.0.0.1", timeout: TIMEOUT_MS, agent: false, ...options }, (response) => {
    response.resume();
    resolve(response.statusCode);
  });
  request.on("timeout", () => request.destroy());
  request.on("error", () => {
    resolve(undefined);
  });
  return promise;
}

/** Whether somebody listens on a Unix socket. */
export function isAnswered(path: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(path);
  socket.once("connect", () => {
    socket.destroy();
    resolve(true);
  });
  socket.once("error", () => {
    resolve(false);
  });
  return promise;
}
