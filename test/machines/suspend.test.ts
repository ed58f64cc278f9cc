import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { expect, it } from "vitest";

import { describeWhere } from "../kernel/support/describeKernel.ts";
import { TestBpfFileSystem } from "../kernel/support/testBpfFileSystem.ts";
import { parseLog, parseTimestamp, withArgument } from "../service/support/logLine.ts";
import { until } from "../service/support/until.ts";
import type { KeepingHost } from "../service/support/keepingHost.ts";
import { useKeepingHost } from "../service/support/useKeepingHost.ts";

const MS = 1_000_000n;
/** Longer than the lease, which counts the time in which the machine runs. */
const ASLEEP_S = 60;
const LEASE_S = 30;
const CLOCK = "/sys/class/rtc/rtc0/wakealarm";
const MODES = "/sys/power/mem_sleep";

describeWhere(suspendObstacle, "a machine that is suspended to RAM", () => {
  let host: KeepingHost;
  useKeepingHost((made) => {
    host = made;
  });

  it("dates and orders what runs before and after, counts it whole, and keeps the lease of its programs", async () => {
    const bpffs = new TestBpfFileSystem();
    try {
      const flags = ["--log-exits", "--pin-dir", bpffs.pinDirectory, "--lease", `${String(LEASE_S)}s`];
      const service = await host.keep(flags);
      const spans: { name: string; fromNs: bigint; toNs: bigint }[] = [];
      const run = async (name: string): Promise<void> => {
        const fromNs = nowNs() - MS;
        await host.exec(name);
        spans.push({ name, fromNs, toNs: nowNs() + MS });
      };
      const across = host.workspace("jessie", "main").start(["/bin/sh", "-c", "read line", "across"]);
      await until("the shell is logged", () => withArgument(service.log, "across").length > 0);
      await run("before");
      const fellAsleepNs = nowNs();
      suspend();
      const asleepNs = nowNs() - fellAsleepNs;
      await run("after");
      across.stdin?.end("go\n");
      await until("its end is logged", () =>
        service.log.some(({ msg, fields }) => msg === "exit" && fields.event.pid === across.pid),
      );
      // Longer than the lease by the clock that counts suspend, and not by the other.
      suspend();
      await run("after again");
      const { stdout, stderr } = await service.stop();

      expect(asleepNs).toBeGreaterThan(BigInt(ASLEEP_S - 5) * 1_000n * MS);
      for (const lines of [parseLog(stdout), host.keptLines()]) {
        for (const { name, fromNs, toNs } of spans) {
          const dates = withArgument(lines, name).map(({ ts }) => parseTimestamp(ts));
          expect(dates.map((date) => date >= fromNs && date <= toNs)).toEqual([true]);
        }
        expect(lines.filter(({ msg }) => msg === "lost")).toEqual([]);
        const dates = lines.map(({ ts }) => parseTimestamp(ts));
        expect(dates).toEqual(dates.toSorted((a, b) => (a < b ? -1 : 1)));
        const numbers = lines.map(({ fields }) => fields.event.seq);
        expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
      }
      const exit = parseLog(stdout).find(
        ({ msg, fields }) => msg === "exit" && fields.event.pid === across.pid,
      );
      expect(exit?.fields.event["duration_ns"]).toBeGreaterThan(Number(asleepNs));
      expect(stderr).not.toContain("lease");
    } finally {
      bpffs.remove();
    }
  });
});

function nowNs(): bigint {
  return BigInt(Date.now()) * MS;
}

/** Comes back once the machine's real-time clock has woken it. */
function suspend(): void {
  writeFileSync(CLOCK, "0");
  writeFileSync(CLOCK, `+${String(ASLEEP_S)}`);
  writeFileSync("/sys/power/state", "mem");
}

/** This machine is never suspended, only those that are emulated for that. */
function suspendObstacle(): string | undefined {
  if (process.env["EMULATED"] !== "true") return "it is not a machine that is emulated for these tests";
  if (!existsSync(CLOCK)) return "it has no clock that wakes it";
  // Where "mem" is only a deep idle, the clocks go on.
  return existsSync(MODES) && readFileSync(MODES, "utf8").includes("[deep]")
    ? undefined
    : "it has no suspend to RAM";
}
