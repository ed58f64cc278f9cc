import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { ConnectionTarget } from "../source/connectionTarget.ts";

/** As much of an answer as is read, in bytes. */
const MAX_ANSWER = 16_384;
const TIMEOUT_MS = 5_000;

/** What a service answered to the question whether it is ready. */
export interface Readiness {
  readonly status: number;
  /** As it came: not safe to show yet. */
  readonly body: string;
}

/** Asks a service's `/readyz`. Rejects when nobody answers in time. */
export function askReadiness(target: ConnectionTarget, token: string | undefined): Promise<Readiness> {
  const url = new URL("readyz", target.type === "url" ? target.url : "http://localhost/");
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        ...(target.type === "unix" ? { socketPath: target.socketPath } : {}),
        headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(TIMEOUT_MS),
      },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => {
          body += chunk;
          if (body.length < MAX_ANSWER) return;
          body = body.slice(0, MAX_ANSWER);
          response.destroy();
        });
        response.on("close", () => {
          resolve({ status: response.statusCode ?? 0, body });
        });
        response.on("error", () => undefined);
      },
    );
    asked.on("error", reject);
    asked.end();
  });
}
