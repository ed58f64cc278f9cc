import { existsSync } from "node:fs";
import { request } from "node:http";

import { DEFAULT_SOCKET } from "../api/listenAddress.ts";
import { PROBE_SOCKET } from "./options/accessOptions.ts";

/** What is asked of a service that runs. */
export type Probe = "ready" | "health";

const TIMEOUT_MS = 5_000;
const MAX_ANSWER = 1_000;
const PATHS: Readonly<Record<Probe, string>> = { ready: "/readyz", health: "/healthz" };

/** Prints what the service in this container says of itself; returns the exit status. Rejects with one line. */
export async function probe(what: Probe, socket: string | undefined): Promise<number> {
  const socketPath = socket ?? (existsSync(PROBE_SOCKET) ? PROBE_SOCKET : DEFAULT_SOCKET);
  const { status, body } = await ask(socketPath, PATHS[what]);
  process.stdout.write(`${body.trim()}\n`);
  return status === 200 ? 0 : 1;
}

function ask(socketPath: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (cause: Error): void => {
      reject(new Error(`the service does not answer on ${socketPath}: ${cause.message}`, { cause }));
    };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const asked = request({ socketPath, path, host: "localhost", agent: false, signal }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => {
        body = (body + chunk).slice(0, MAX_ANSWER);
      });
      response.on("error", fail);
      response.once("end", () => {
        resolve({ status: response.statusCode ?? 0, body });
      });
    });
    asked.once("error", fail);
    asked.end();
  });
}
