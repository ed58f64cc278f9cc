import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { succeeded } from "../kernel/support/testCgroup.ts";
import { PinnedShared } from "../kernel/support/pinnedShared.ts";
import type { TestBpfFileSystem } from "../kernel/support/testBpfFileSystem.ts";
import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { lostExecs, parseLog, parseTimestamp, withArgument, type LogLine } from "./support/logLine.ts";
import type { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";
import { usePinningHost } from "./support/usePinningHost.ts";

/** Runs programs, with a rest now and then, until the file is there; says how many. */
const execsUntil =
  'i=0; while [ ! -e "$0" ]; do i=$((i + 1)); /bin/true "n$i"; [ $((i % 10)) -ne 0 ] || sleep 0.02; done; echo $i';

let host: TracedHost;
let bpffs: TestBpfFileSystem;
usePinningHost((made) => {
  ({ host, bpffs } = made);
});

const start = (...flags: string[]): Promise<TracerService> =>
  host.trace(["--pin-dir", bpffs.pinDirectory, "--log-exits", ...flags]);
/** Goes through as many rounds as are planned while programs run; resolves with how many ran. */
async function underLoad(round: () => Promise<void>): Promise<number> {
  const enough = join(host.directory, "enough");
  const load = host.workspace("jessie", "main").run(["/bin/sh", "-c", execsUntil, enough]);
  for (let i = 0; i < soakPlan.killRounds; i++) await round();
  writeFileSync(enough, "");
  return Number(succeeded(await load));
}
const run = (argument: string, workspaceName = "main"): Promise<unknown> =>
  host.workspace("jessie", workspaceName).run(["/bin/true", argument]);
const numbersOf = (lines: readonly LogLine[]): unknown[] => lines.map(({ fields }) => fields.event["seq"]);

/** Runs programs until they have found the lease over: nothing else tells. */
async function untilStopped(): Promise<void> {
  const state = new PinnedShared(bpffs.pinDirectory);
  for (let i = 0; i < 1000 && !state.stopped; i++) {
    await run("probe");
    await setTimeout(20);
  }
  expect(state.stopped).toBe(true);
  state.close();
}

describeKernel("a service with pinned programs", () => {
  it("logs what ran while no service did, by a workspace that came and went meanwhile, too", async () => {
    const first = await start();
    await run("before");
    const before = parseLog((await first.stop()).stdout);
    await run("meanwhile");
    const guest = host.workspace("robin", "gone");
    await guest.run(["/bin/true", "guest"]);
    await guest.remove();
    const second = await start();
    expect(second.stderr).toContain('"adopted":true');
    await run("after");
    await second.until("the last exec is logged", () => withArgument(second.log, "after").length > 0);
    const after = parseLog((await second.stop()).stdout);
    const lines = [...before, ...after];
    for (const argument of ["before", "meanwhile", "after"]) {
      const [line, ...others] = withArgument(lines, argument);
      expect(others).toEqual([]);
      expect(line?.fields.labels).toMatchObject({ username: "jessie", workspace_name: "main" });
    }
    const [line] = withArgument(after, "guest");
    expect(line?.fields.labels).toMatchObject({ username: "robin", workspace_name: "gone" });
    expect(line?.fields.event["cgroup"]).toBe(`${host.root}/robin/gone`);
    expect(numbersOf(lines)).toEqual(lines.map((_, index) => index + 1));
    expect(lostExecs(lines)).toBe(0);
  });

  it("logs what ran until it was stopped before it ends", async () => {
    const service = await start("--rest", "1000");
    await run("first");
    await service.until("it is logged", () => withArgument(service.log, "first").length > 0);
    // Within the rest after that look at the ring.
    await run("last");
    const { stdout } = await service.stop();
    expect(withArgument(parseLog(stdout), "last")).toHaveLength(1);
  });

  it("knows whose a workspace was that ended while no service ran", async () => {
    const first = await start();
    const workspace = host.workspace("robin", "main");
    await workspace.run(["/bin/true", "before"]);
    await first.until("it is logged", () => withArgument(first.log, "before").length > 0);
    await first.kill();
    await workspace.run(["/bin/true", "last"]);
    await workspace.remove();
    const second = await start();
    await second.until("it is logged", () => withArgument(second.log, "last").length > 0);
    expect(withArgument(second.log, "last")[0]?.fields.labels).toEqual({
      username: "robin",
      workspace_name: "main",
    });
  });

  it(
    "logs every exec over kills at any moment, and repeats only with the same number",
    async () => {
      const logs: LogLine[][] = [];
      const kill = async (service: TracerService): Promise<void> => {
        service.signal("SIGKILL");
        logs.push(parseLog((await service.ended).stdout));
      };
      await kill(await start());
      const executed = await underLoad(async () => {
        const service = await start();
        await setTimeout(Math.random() * 300);
        await kill(service);
      });
      const last = await start();
      const end = `n${String(executed)}`;
      await last.until("the end is logged", () =>
        [...logs, last.log].some((log) => withArgument(log, end).length > 0),
      );
      logs.push(parseLog((await last.stop()).stdout));
      const lines = logs.flat();
      expect(lines.filter(({ msg }) => msg === "lost")).toEqual([]);
      const byId = new Map<unknown, LogLine>();
      for (const line of lines.filter(({ msg }) => msg === "exec")) {
        const known = byId.get(line.fields.event["exec_id"]);
        expect(line.fields.event["seq"]).toBe(known?.fields.event["seq"] ?? line.fields.event["seq"]);
        byId.set(line.fields.event["exec_id"], line);
        expect(line.fields.labels).toMatchObject({ username: "jessie", workspace_name: "main" });
      }
      const ran = [...byId.values()].map(({ fields }) => String((fields.event["argv"] as string[])[1]));
      const expected = Array.from({ length: executed }, (_, i) => `n${String(i + 1)}`);
      expect(ran.filter((argument) => /^n\d+$/.test(argument))).toEqual(expected);
      // Numbers go on without a hole.
      const numbers = [...new Set(numbersOf(lines))].map(Number).sort((a, b) => a - b);
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      const fault = "kill -9, pinned programs, log";
      recordFault({ fault, rounds: soakPlan.killRounds, executed, logged: expected.length });
    },
    soakTimeout(120_000),
  );

  it("keeps a second service away from the ring", async () => {
    await start();
    const second = await TracerService.run(["run", "--rules", host.rules, "--pin-dir", bpffs.pinDirectory]);
    expect(second.code).toBe(1);
    expect(second.stderr).toBe(
      `tracer-service: another service reads what is pinned in ${bpffs.pinDirectory}: stop it first, or give this one another --pin-dir\n`,
    );
  });

  it("replaces the programs of other settings, reads their ring to its end and tells the gap", async () => {
    const first = await start("--ring-size", "1");
    await run("before");
    const ended = await first.stop();
    await run("meanwhile");
    const beforeNs = BigInt(Date.now()) * 1_000_000n;
    const second = await start("--ring-size", "2");
    const afterNs = BigInt(Date.now()) * 1_000_000n;
    expect(second.stderr).toContain('"adopted":false');
    await run("after");
    await second.until("the last exec is logged", () => withArgument(second.log, "after").length > 0);
    const lines = [...parseLog(ended.stdout), ...parseLog((await second.stop()).stdout)];
    for (const argument of ["before", "meanwhile", "after"]) {
      expect(withArgument(lines, argument)).toHaveLength(1);
      expect(withArgument(lines, argument)[0]?.fields.labels).toMatchObject({ workspace_name: "main" });
    }
    const [gap, ...others] = lines.filter(({ msg }) => msg === "lost").map(({ fields }) => fields.event);
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ kind: "cover", reason: "replaced", count: 1 });
    const times = [
      beforeNs,
      parseTimestamp(String(gap?.["first"])),
      parseTimestamp(String(gap?.["last"])),
      afterNs,
    ];
    expect(times).toEqual([...times].sort((a, b) => Number(a - b)));
    expect(numbersOf(lines)).toEqual(lines.map((_, index) => index + 1));
    // Nothing is left of the first.
    expect(bpffs.loads).toEqual(["2"]);
  });

  it("has the programs stop when nobody reads for longer than the lease, and tells since when", async () => {
    const first = await start("--lease", "1s");
    await run("before");
    await first.until("it is logged", () => withArgument(first.log, "before").length > 0);
    await first.kill();
    // Each asks whether the lease is over; the lease is on a clock that this test does not have.
    await untilStopped();
    await run("unseen");
    const second = await start("--lease", "1s");
    await run("after");
    await second.until("the last exec is logged", () => withArgument(second.log, "after").length > 0);
    const lines = parseLog((await second.stop()).stdout);
    expect(withArgument(lines, "unseen")).toEqual([]);
    const gaps = lines.filter(({ msg }) => msg === "lost").map(({ fields }) => fields.event);
    expect(gaps).toMatchObject([{ kind: "cover", reason: "abandoned" }]);
    const seen = withArgument(lines, "probe");
    for (const { ts } of seen) expect(ts <= String(gaps[0]?.["first"])).toBe(true);
  });

  it("goes on, and says so, after it stood still for longer than the lease", async () => {
    const service = await start("--lease", "1s");
    service.signal("SIGSTOP");
    await untilStopped();
    service.signal("SIGCONT");
    await service.until("the gap is told", () => service.log.some(({ msg }) => msg === "lost"));
    await run("after");
    await service.until("the exec is logged", () => withArgument(service.log, "after").length > 0);
    const gaps = service.log.filter(({ msg }) => msg === "lost").map(({ fields }) => fields.event);
    expect(gaps).toMatchObject([{ kind: "cover", reason: "abandoned" }]);
  });

  it("is taken out of the kernel by uninstall, which a service that runs prevents", async () => {
    const service = await start();
    const uninstall = [
      "uninstall",
      "--pin-dir",
      bpffs.pinDirectory,
      "--state-dir",
      join(host.directory, "none"),
    ];
    const refused = await TracerService.run(uninstall);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("another service reads");
    await service.stop();
    expect(await TracerService.run(uninstall)).toMatchObject({
      code: 0,
      stdout: `removed what was pinned in ${bpffs.pinDirectory}\n`,
      stderr: "",
    });
    expect(existsSync(bpffs.pinDirectory)).toBe(false);
    expect(await TracerService.run(uninstall)).toMatchObject({
      code: 0,
      stdout: `nothing is pinned in ${bpffs.pinDirectory}\n`,
    });
  });
});

describeKernel("a service that can pin nothing", () => {
  it("says so in one line and traces without", async () => {
    const service = await host.trace(["--pin-dir", join(host.directory, "pins")]);
    expect(service.stderr).toContain("nothing can be pinned");
    expect(service.stderr).toContain("is not on a bpffs");
    await run("seen");
    expect(withArgument(parseLog((await service.stop()).stdout), "seen")).toHaveLength(1);
  });
});

describeKernel("a service with pinned programs and a history", () => {
  it(
    "keeps every exec once over kills at any moment, and seals them",
    async () => {
      const stateDir = join(host.directory, "state");
      const keyFile = join(host.directory, "first-key");
      writeFileSync(keyFile, (await TracerService.run(["seal", "--state-dir", stateDir])).stdout);
      const log: LogLine[] = [];
      const kill = async (service: TracerService): Promise<void> => {
        service.signal("SIGKILL");
        log.push(...parseLog((await service.ended).stdout));
      };
      await kill(await start("--state-dir", stateDir));
      const executed = await underLoad(async () => {
        const service = await start("--state-dir", stateDir);
        // Long enough for some batches of the history, which are written every half second.
        await setTimeout(Math.random() * 1000);
        await kill(service);
      });
      const last = await start("--state-dir", stateDir);
      await run("end");
      await last.until("the end is logged", () => withArgument(last.log, "end").length > 0);
      log.push(...parseLog((await last.stop()).stdout));
      const history = await TracerService.run(["history", "--state-dir", stateDir, "--json", "--exits"]);
      const lines = parseLog(history.stdout);
      expect(lines.filter(({ msg }) => msg === "lost")).toEqual([]);
      const ran = lines
        .filter(({ msg }) => msg === "exec")
        .map(({ fields }) => String(fields.event.argv[1]))
        .filter((argument) => /^n\d+$/.test(argument));
      expect(ran).toEqual(Array.from({ length: executed }, (_, i) => `n${String(i + 1)}`));
      expect(numbersOf(lines)).toEqual(lines.map((_, index) => index + 1));
      // The log has each of them at least once, under the same number.
      const numberOf = (all: readonly LogLine[]): Map<unknown, number> =>
        new Map(
          all.map(({ msg, fields }) => [`${msg} ${String(fields.event["exec_id"])}`, fields.event.seq]),
        );
      expect(numberOf(log)).toEqual(numberOf(lines));
      for (const line of log) {
        expect(lines[line.fields.event.seq - 1]?.fields.event["exec_id"]).toBe(line.fields.event["exec_id"]);
      }
      const verified = await TracerService.run(["verify", "--state-dir", stateDir, "--key-file", keyFile]);
      expect(verified.stdout).toMatch(/^[1-9]\d* seals; 0 batches after the last one are not sealed yet$/m);
      expect(verified.stdout).toMatch(/^nothing wrong was found$/m);
      const fault = "kill -9, pinned programs, history";
      recordFault({ fault, rounds: soakPlan.killRounds, executed, logged: ran.length });
    },
    soakTimeout(120_000),
  );
});
