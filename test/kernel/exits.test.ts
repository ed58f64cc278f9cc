import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect, it } from "vitest";

import type { ExecEvent, ExitEvent } from "../../protocol/events.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { finished, type Finished, type TestCgroup } from "./support/testCgroup.ts";
import type { TestPrograms } from "./support/testPrograms.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTracedWorkspace } from "./support/useTracedWorkspace.ts";

/** Whether a process that may dump core does: into a file. What a program that takes it says is that program's matter. */
function dumpsCore(): boolean {
  const limit = execFileSync("/bin/sh", ["-c", "ulimit -H -c"], { encoding: "utf8" }).trim();
  const pattern = readFileSync("/proc/sys/kernel/core_pattern", "utf8").trim();
  return limit !== "0" && pattern !== "" && !pattern.startsWith("|");
}

describeKernel("the end of a process", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  useTracedWorkspace((traced) => {
    ({ node, programs, workspace } = traced);
  });

  /** Runs a program and returns how it ended, as its parent sees it and as the kernel told it. */
  async function runToExit(
    argv: readonly string[],
  ): Promise<{ ran: Finished; exec: ExecEvent; exit: ExitEvent }> {
    const ran = await workspace.run(argv);
    const marker = argv.at(-1) ?? "";
    const exec = await node.lastExec(marker);
    return { ran, exec, exit: await node.exit(exec) };
  }

  it.each([0, 1, 2, 42, 127, 255])("has the exit code %i", async (code) => {
    const { ran, exit } = await runToExit(["/bin/sh", "-c", `exit ${String(code)}`, `code-${String(code)}`]);
    expect(ran.code).toBe(code);
    expect(exit).toMatchObject({ exitCode: code, signal: undefined, coreDumped: false });
  });

  it.each([
    { signal: "SIGHUP", number: 1 },
    { signal: "SIGINT", number: 2 },
    { signal: "SIGKILL", number: 9 },
    { signal: "SIGTERM", number: 15 },
  ])("has the signal $signal", async ({ signal, number }) => {
    const { ran, exit } = await runToExit([
      "/bin/sh",
      "-c",
      `kill -${String(number)} $$`,
      `ended-by-${signal}`,
    ]);
    expect(ran.signal).toBe(signal);
    expect(exit).toMatchObject({ exitCode: undefined, signal: number });
  });

  it.each([
    ["none", "0", false] as const,
    ...(dumpsCore() ? [["one", '"$(ulimit -H -c)"', true] as const] : []),
  ])("says whether a signal dumped core: %s", async (what, limit, coreDumped) => {
    const cwd = mkdtempSync(join(tmpdir(), "process-logging-core-"));
    try {
      const script = `ulimit -S -c ${limit}; kill -ABRT $$`;
      const ran = await workspace.run(["/bin/sh", "-c", script, `core-${what}`], { cwd });
      expect(ran.signal).toBe("SIGABRT");
      const exit = await node.exit(await node.lastExec(`core-${what}`));
      expect(exit).toMatchObject({ exitCode: undefined, signal: 6, coreDumped });
    } finally {
      rmSync(cwd, { recursive: true });
    }
  });

  it.each([
    { how: "together", what: "all threads end at once" },
    { how: "leader_first", what: "the leader ends before the other threads" },
  ])("comes once when $what", async ({ how }) => {
    for (let round = 0; round < 20; round++) {
      const marker = String(10 + round);
      const { ran, exec, exit } = await runToExit([programs.path("exit_threads"), how, marker]);
      expect(exit).toMatchObject({ exitCode: ran.code, signal: undefined, pid: exec.pid });
      await node.settle();
      expect(node.exits.filter(({ id }) => id === exec.id)).toHaveLength(1);
    }
  });

  it("comes once a process, for its latest exec, and not for subshells", async () => {
    const before = node.exits.length;
    await workspace.run(["/bin/sh", "-c", '(:); (exit 3); exec /bin/sh -c "exit 7" latest', "earlier"]);
    const [earlier, latest] = [await node.exec("earlier"), await node.exec("latest")];
    expect(await node.exit(latest)).toMatchObject({ exitCode: 7, pid: latest.pid });
    await node.settle();
    const exits = node.exits.slice(before);
    expect(exits.filter(({ pid }) => pid === latest.pid)).toHaveLength(1);
    expect(exits.some(({ id }) => id === earlier.id)).toBe(false);
    const execsSince = new Set(node.execs.map(({ id }) => id));
    expect(exits.filter(({ id }) => !execsSince.has(id))).toEqual([]);
  });

  it("has the time from the start of the process to its end", async () => {
    const startedMs = performance.now();
    const child = workspace.start(["/bin/sh", "-c", "read -r go; exec /bin/true after-waiting", "waiting"]);
    const waiting = await node.exec("waiting");
    child.stdin?.end("go\n");
    await finished(child);
    const mostMs = performance.now() - startedMs;
    const exec = await node.exec("after-waiting");
    const exit = await node.exit(exec);
    expect(exit.timeNs).toBeGreaterThan(exec.timeNs);
    expect(exit.durationNs).toBeGreaterThan(exit.timeNs - waiting.timeNs);
    expect(Number(exit.durationNs) / 1e6).toBeLessThan(mostMs);
  });

  it("is labelled like its exec", async () => {
    const { exec, exit } = await runToExit(["/bin/true", "labelled"]);
    expect(exit).toMatchObject({ labels: exec.labels, attribution: exec.attribution });
    expect(exec.labels).toEqual({ username: "jessie", workspace_name: "main" });
  });
});
