import { expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { PinnedShared } from "../kernel/support/pinnedShared.ts";
import type { TestBpfFileSystem } from "../kernel/support/testBpfFileSystem.ts";
import { parseLog, parseTimestamp, withArgument } from "./support/logLine.ts";
import type { TracedHost } from "./support/tracedHost.ts";
import { usePinningHost } from "./support/usePinningHost.ts";

/** As a container has it whose runtime gives it a time namespace; a negative one can't be longer than the machine is up. */
const inNamespace = (seconds: number): readonly string[] => [
  ...["unshare", "--time", "--boottime", String(seconds), "--monotonic", String(seconds)],
];
const nowNs = (): bigint => BigInt(Date.now()) * 1_000_000n;
const MS = 1_000_000n;

describeKernel("a service in a time namespace", () => {
  let host: TracedHost;
  let bpffs: TestBpfFileSystem;
  usePinningHost((made) => {
    ({ host, bpffs } = made);
  });

  it.each([
    ["ahead", 86_400],
    ["behind", -60],
  ])(
    "whose clocks are %s dates events as one outside does, and keeps the lease of its programs",
    async (_, seconds) => {
      // Shorter than the clocks are apart: a lease by the wrong one is over at once, or a day too long.
      const flags = ["--pin-dir", bpffs.pinDirectory, "--lease", "30s"];
      const workspace = host.workspace("jessie", "main");
      const spans: { name: string; fromNs: bigint; toNs: bigint }[] = [];
      const run = async (name: string): Promise<void> => {
        const fromNs = nowNs() - MS;
        await workspace.run(["/bin/true", name]);
        spans.push({ name, fromNs, toNs: nowNs() + MS });
      };
      const inside = await host.trace(flags, { through: inNamespace(seconds) });
      await run("inside");
      const first = await inside.stop();
      const shared = new PinnedShared(bpffs.pinDirectory);
      const leaseNs = shared.leaseUntilNs - process.hrtime.bigint();
      shared.close();
      await run("between");
      const outside = await host.trace(flags);
      await run("outside");
      const second = await outside.stop();

      const lines = parseLog(first.stdout + second.stdout);
      for (const { name, fromNs, toNs } of spans) {
        const dates = withArgument(lines, name).map(({ ts }) => parseTimestamp(ts));
        expect(dates.map((date) => date >= fromNs && date <= toNs)).toEqual([true]);
      }
      expect(lines.filter(({ msg }) => msg === "lost")).toEqual([]);
      expect(second.stderr).not.toContain("the wall clock was set");
      expect(leaseNs).toBeGreaterThan(0n);
      expect(leaseNs).toBeLessThanOrEqual(30_000n * MS);
    },
  );
});
