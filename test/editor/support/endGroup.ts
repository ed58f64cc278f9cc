import type { ChildProcess } from "node:child_process";
import { setTimeout } from "node:timers/promises";

const GRACE_MS = 3_000;
const LOOK_MS = 25;

/** Ends a process that leads a group of its own, and the group: first asked, after three seconds forced. */
export async function endGroup(child: ChildProcess): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  send(pid, "SIGTERM");
  for (let waitedMs = 0; waitedMs < GRACE_MS && isAlive(pid); waitedMs += LOOK_MS) await setTimeout(LOOK_MS);
  send(pid, "SIGKILL");
}

function isAlive(group: number): boolean {
  return send(group, 0);
}

function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}
