import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import { mainFile } from "./support/tracerService.ts";

/** As the history's thread finds it (bufferGarbage.ts): without it its buffers stay until its heap is full. */
const PROBE = `
const { Worker } = require("node:worker_threads");
const worker = new Worker("require('node:worker_threads').parentPort.postMessage(typeof globalThis.gc)", { eval: true });
worker.on("message", (found) => process.stdout.write(found));
`;

it("is built to let its threads collect their garbage themselves", () => {
  const [firstLine = ""] = readFileSync(mainFile, "utf8").split("\n", 1);
  const folder = mkdtempSync(join(tmpdir(), "process-logging-"));
  try {
    const probe = join(folder, "probe.cjs");
    writeFileSync(probe, `${firstLine}\n${PROBE}`, { mode: 0o755 });
    expect(execFileSync(probe, { encoding: "utf8" })).toBe("function");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
