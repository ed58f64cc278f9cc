import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isAnswered, statusOf } from "../../../../scripts/host/localHttp.ts";

describe("a service of this host", () => {
  const server = createServer((request, response) => {
    response.writeHead(request.url === "/readyz" ? 200 : 503).end("body");
  });
  let folder = "";
  let socketPath = "";

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "local-http-"));
    socketPath = join(folder, "x.sock");
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });

  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it.each([
    ["/readyz", 200],
    ["/other", 503],
  ])("answers %s with its status", async (path, status) => {
    expect(await statusOf({ socketPath, path })).toBe(status);
  });

  it("has no status where nobody listens", async () => {
    expect(await statusOf({ socketPath: join(folder, "none.sock"), path: "/" })).toBeUndefined();
  });

  it("is told from a socket that nobody listens on", async () => {
    expect(await isAnswered(socketPath)).toBe(true);
    expect(await isAnswered(join(folder, "none.sock"))).toBe(false);
  });
});
