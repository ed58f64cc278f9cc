import { createServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { localRequirements } from "../../../../extension/commands/localRequirements.ts";
import { nodeReport } from "../../../../extension/commands/nodeReport.ts";
import { askReadiness } from "../../../../extension/commands/readiness.ts";

const t = (message: string, ...values: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_match, index) => String(values[Number(index)]));

const linux = {
  platform: "linux",
  architecture: "x64",
  kernel: "5.10.0-30-amd64",
  hasBtf: true,
  hasCgroups: true,
};

describe("localRequirements", () => {
  it.each([
    ["a host that can be traced", linux, []],
    ["an old kernel", { ...linux, kernel: "5.7.19" }, ["kernel"]],
    ["a newer kernel with a smaller minor number", { ...linux, kernel: "6.1.0" }, []],
    ["a kernel without BTF", { ...linux, hasBtf: false }, ["BTF"]],
    ["another processor", { ...linux, architecture: "riscv64" }, ["architecture"]],
    ["another operating system", { ...linux, platform: "darwin" }, ["operating system"]],
  ])("judges %s", (_name, facts, missing) => {
    const failed = localRequirements(facts).filter(({ ok }) => !ok);
    expect(failed.map(({ name }) => name)).toEqual(missing);
    expect(failed.every(({ todo }) => todo !== "")).toBe(true);
  });
});

describe("nodeReport", () => {
  it("tells why nobody answers, what is missing, and how to check everything", () => {
    const report = nodeReport(
      {
        thisHost: "laptop",
        socketPath: "/run/x.sock",
        local: new Error("connect ENOENT /run/x.sock"),
        requirements: localRequirements({ ...linux, hasBtf: false }),
        tracers: [],
      },
      t,
      String,
    );
    expect(report).toContain("Tracer service on /run/x.sock: no answer (connect ENOENT /run/x.sock)");
    expect(report).toMatch(/✗ BTF +none\n +→ use a kernel/);
    expect(report).toContain("sudo tracer-service check");
  });

  it("shows what a service says without letting it act", () => {
    const report = nodeReport(
      {
        thisHost: "laptop",
        socketPath: "/run/x.sock",
        local: { status: 503, body: "not ready: \u001b[31mring\nsecond" },
        requirements: [],
        tracers: [],
      },
      t,
      String,
    );
    expect(report).toContain("not ready (status 503)\n    not ready: ⟨U+001B⟩[31mring\n    second\n");
  });
});

describe("askReadiness", () => {
  it("asks a service on a Unix socket, and reads no more than is needed of a long answer", async () => {
    const folder = await mkdtemp(join(tmpdir(), "readiness-"));
    const socketPath = join(folder, "s.sock");
    const paths: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      paths.push(request.url);
      response.writeHead(503).end("x".repeat(1_000_000));
    });
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
    try {
      const { status, body } = await askReadiness({ type: "unix", socketPath }, undefined);
      expect([status, body.length, paths]).toEqual([503, 16_384, ["/readyz"]]);
    } finally {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true });
    }
  });

  it("sends the token in a header, to the address it is for", async () => {
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.url, request.headers.authorization]);
      response.end("ok\n");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    try {
      const port = typeof address === "object" ? (address?.port ?? 0) : 0;
      const answer = await askReadiness({ type: "url", url: `http://127.0.0.1:${port}/base/` }, "secret");
      expect(answer).toEqual({ status: 200, body: "ok\n" });
      expect(seen).toEqual([["/base/readyz", "Bearer secret"]]);
    } finally {
      server.close();
    }
  });

  it("rejects when nobody listens", async () => {
    await expect(
      askReadiness({ type: "unix", socketPath: "/nonexistent/s.sock" }, undefined),
    ).rejects.toThrow("ENOENT");
  });
});
