import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

import { decodeRecord } from "../decode/decodeRecord.ts";
import { findSelf } from "../kernel/findSelf.ts";
import type { KernelTracer } from "../kernel/kernelTracer.ts";
import type { SelfTestResult } from "./runRequirements.ts";

const DEADLINE_MS = 5000;
const LOOK_MS = 20;

/**
 * Attaches the programs, execs a marker and looks for it in the ring. `openKernel` loads programs that capture only
 * what this process itself starts.
 */
export async function selfTest(openKernel: () => KernelTracer): Promise<SelfTestResult> {
  const kernel = openKernel();
  try {
    kernel.attach();
    const self = findSelf(kernel.shared);
    const marker = `self-test-${randomUUID()}`;
    const child = spawn(process.execPath, ["--version", marker], { stdio: "ignore" });
    const failure = once(child, "error").then(([error]) => error as Error);
    for (let waitedMs = 0; waitedMs < DEADLINE_MS; waitedMs += LOOK_MS) {
      const error = await Promise.race([failure, setTimeout(LOOK_MS)]);
      if (error instanceof Error)
        return { ok: false, reason: `the marker could not be run: ${error.message}` };
      const seen: string[] = [];
      kernel.ring.drain((memory, offset, length) => {
        const record = decodeRecord(memory, offset, length);
        if (record.type === "exec") seen.push(...record.argv);
      });
      if (seen.includes(marker)) {
        return {
          ok: true,
          detail: `attached, ran a marker and saw it come back (host pid ${String(self.pid)})`,
        };
      }
    }
    return { ok: false, reason: "the programs were attached, but the exec of the marker was not seen" };
  } finally {
    kernel.close();
  }
}
