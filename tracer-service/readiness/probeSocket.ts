import { createServer } from "node:http";

import { listenOnSocketFile } from "../api/socketFile.ts";

const TIMEOUT_MS = 5_000;

/**
 * Answers `/healthz` and `/readyz` on a Unix socket, for who may open it, until the function returned is called;
 * nowhere for `none`. Rejects with one line where it can't listen.
 */
export async function openProbeSocket(
  path: string,
  notReady: () => string | undefined,
): Promise<() => Promise<void>> {
  if (path === "none") return () => Promise.resolve();
  const server = createServer(
    { requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS },
    (request, response) => {
      response.setHeader("Content-Type", "text/plain; charset=utf-8");
      response.shouldKeepAlive = false;
      if (request.method !== "GET") response.statusCode = 405;
      else if (request.url === "/healthz") response.write("alive\n");
      else if (request.url === "/readyz") {
        const why = notReady();
        response.statusCode = why === undefined ? 200 : 503;
        response.write(`${why ?? "watching"}\n`);
      } else response.statusCode = 404;
      response.end();
    },
  );
  const ownUid = process.geteuid?.() ?? 0;
  const { remove } = await listenOnSocketFile(server, path, {
    ownUid,
    gid: undefined,
    // kubelet makes an emptyDir volume open to all, and who is not root can't close it.
    inOpenFolder: true,
  });
  return async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    remove();
  };
}
