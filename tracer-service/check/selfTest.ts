import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

import { decodeRecord } from "../decode/decodeRecord.ts";
import type { KernelTracer, KernelTracerOptions } from "../kernel/kernelTracer.ts";
import { ownPidNamespace } from "../proc/pidNamespace.ts";
import type { SelfTestResult } from "./runRequirements.ts";

/** What the programs are told, before they are loaded, of whose processes to capture. */
export type SelfTestScope = Partial<
  Pick<KernelTracerOptions, "loginUidRanges" | "followPods" | "followPidNamespaces">
>;

/** A way in which programs are loaded. The kernel's verifier drops what is switched off, and so judges each anew. */
interface Shape {
  readonly name: string;
  readonly scope: SelfTestScope;
  /** Whether they have seen the program with this argument, which this process has started. */
  readonly saw: (kernel: KernelTracer, marker: string) => boolean;
}

const DEADLINE_MS = 5000;
const LOOK_MS = 20;
/** No process has it. */
const NOBODYS_LOGIN_UID = 0xffff_fffe;

const SHAPES: readonly Shape[] = [
  {
    name: "--identity local",
    scope: { loginUidRanges: [[NOBODYS_LOGIN_UID, NOBODYS_LOGIN_UID]] },
    saw: readsMarker,
  },
  { name: "--identity kubernetes", scope: { followPods: true }, saw: readsMarker },
  {
    name: "--pid-namespace and exectrace",
    scope: { followPidNamespaces: true },
    // What is captured by cgroup is not logged here, but tells which namespaces may be.
    saw: (kernel) => kernel.isPodNamespace(ownPidNamespace()),
  },
];

/**
 * For each way in which `run` loads the programs: attaches them, execs a marker and looks whether they saw it. `open`
 * loads programs that capture only what this process itself starts.
 */
export async function selfTest(open: (scope: SelfTestScope) => KernelTracer): Promise<SelfTestResult> {
  let pid = 0;
  for (const { name, scope, saw } of SHAPES) {
    try {
      pid = await tryPrograms(() => open(scope), saw);
    } catch (error) {
      return { ok: false, reason: `${error instanceof Error ? error.message : String(error)} (${name})` };
    }
  }
  return {
    ok: true,
    detail: `attached, ran a marker and saw it come back, by each way to tell workspaces (host pid ${String(pid)})`,
  };
}

/** Resolves with this process's host pid. Rejects with one line. */
async function tryPrograms(open: () => KernelTracer, saw: Shape["saw"]): Promise<number> {
  const kernel = open();
  try {
    const { pid } = kernel.locateSelf();
    kernel.attach();
    const marker = `self-test-${randomUUID()}`;
    const child = spawn(process.execPath, ["--version", marker], { stdio: "ignore" });
    const failure = once(child, "error").then(([error]) => error as Error);
    for (let waitedMs = 0; waitedMs < DEADLINE_MS; waitedMs += LOOK_MS) {
      const error = await Promise.race([failure, setTimeout(LOOK_MS)]);
      if (error instanceof Error) throw new Error(`the marker could not be run: ${error.message}`);
      if (saw(kernel, marker)) return pid;
    }
    throw new Error("the programs were attached, but the exec of the marker was not seen");
  } finally {
    kernel.close();
  }
}

function readsMarker(kernel: KernelTracer, marker: string): boolean {
  let found = false;
  kernel.ring.drain((memory, offset, length) => {
    const record = decodeRecord(memory, offset, length);
    if (record.type === "exec" && record.argv.includes(marker)) found = true;
  });
  return found;
}
