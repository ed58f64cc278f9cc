import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { recordFault } from "../soak/recordFault.ts";
import { lostExecs, parseLog, parseTimestamp, withArgument } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";

const SECOND = 1_000_000_000n;
const DAYS_KEPT = 30;
/** After which events are surely in the history, unless the machine stands still; ms. */
const KEPT_MS = 1_500;
const source = fileURLToPath(new URL("programs/step_clock.c", import.meta.url));

/** How far the wall clock is ahead of this machine's, in seconds, one after the other. */
const STEPS = [0, 3600, -3600, 86_400 * 365, -1, 30, -86_400, 0] as const;

describeKernel("a wall clock that is set", () => {
  let host: TracedHost;
  let stepFile: string;
  let through: readonly string[];
  beforeEach(() => {
    host = new TracedHost();
    stepFile = join(host.directory, "step");
    const library = join(host.directory, "step_clock.so");
    execFileSync("clang", ["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, source, "-ldl"]);
    writeFileSync(stepFile, Buffer.alloc(8));
    through = ["env", `LD_PRELOAD=${library}`, `CLOCK_STEP=${stepFile}`];
  });
  afterEach(async () => {
    await host.close();
  });

  /** In place: the service has the file in its memory. */
  function setAhead(seconds: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds) * SECOND);
    const file = openSync(stepFile, "r+");
    writeSync(file, bytes, 0, 8, 0);
    closeSync(file);
  }

  it("dates each program as the clock showed it, and changes neither order nor numbers, nor loses any", async () => {
    const stateDir = join(host.directory, "state");
    const service = await host.trace(["--state-dir", stateDir, "--history-age", `${String(DAYS_KEPT)}d`], {
      through,
    });
    const workspace = host.workspace("jessie", "main");
    const spans: { name: string; fromNs: bigint; toNs: bigint }[] = [];
    for (const [index, seconds] of STEPS.entries()) {
      // What was before is kept by then, and so is what comes: the history then looks for what is too old.
      const jumpsFar = seconds >= DAYS_KEPT * 86_400;
      if (jumpsFar) await setTimeout(KEPT_MS);
      setAhead(seconds);
      const ahead = BigInt(seconds) * SECOND;
      // The clock is looked at now and then: what ran before that is dated as before the step.
      const seen = `settle${String(index)}`;
      const settled = (): boolean => {
        const dates = withArgument(service.log, seen).map(({ ts }) => parseTimestamp(ts));
        const nowNs = BigInt(Date.now()) * 1_000_000n + ahead;
        return dates.some((date) => date > nowNs - 20n * SECOND && date < nowNs + 20n * SECOND);
      };
      while (!settled() || index === 0) {
        await workspace.run(["/bin/true", seen]);
        if (index === 0) break;
      }
      const name = `step${String(index)}`;
      const fromNs = BigInt(Date.now() - 1) * 1_000_000n + ahead;
      await workspace.run(["/bin/true", name]);
      const toNs = BigInt(Date.now() + 1) * 1_000_000n + ahead;
      spans.push({ name, fromNs, toNs });
      if (jumpsFar) await setTimeout(KEPT_MS);
    }
    const { stdout } = await service.stop();
    const log = parseLog(stdout);
    const kept = await TracerService.run(["history", "--state-dir", stateDir, "--json"]);
    for (const lines of [log, parseLog(kept.stdout)]) {
      const found = spans.map(({ name }) => withArgument(lines, name).map(({ ts }) => parseTimestamp(ts)));
      for (const [index, { fromNs, toNs }] of spans.entries()) {
        const [date, ...others] = found[index] ?? [];
        expect(others).toEqual([]);
        expect(date).toBeGreaterThanOrEqual(fromNs);
        expect(date).toBeLessThanOrEqual(toNs);
      }
      expect(lostExecs(lines)).toBe(0);
      const numbers = lines.map(({ fields }) => fields.event.seq);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    }
    const execs = log.filter(({ msg }) => msg === "exec").length;
    recordFault({ fault: "wall clock set", rounds: STEPS.length, executed: execs, logged: execs });
  });
});
