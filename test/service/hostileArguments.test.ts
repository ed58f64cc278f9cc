import { closeSync, openSync } from "node:fs";

import { expect, it } from "vitest";

import { encodeArgumentLists } from "../kernel/support/argumentLists.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { succeeded } from "../kernel/support/testCgroup.ts";
import { useTestPrograms } from "../kernel/support/useTestPrograms.ts";
import type { KeepingHost } from "./support/keepingHost.ts";
import { parseLog, withArgument } from "./support/logLine.ts";
import { useKeepingHost } from "./support/useKeepingHost.ts";

/** Of arguments as long as are kept whole. */
const BYTES = 32_000;
const EXECS = 500;

describeKernel("a workspace that floods with arguments that are slow to write", () => {
  const programs = useTestPrograms();
  let host: KeepingHost;
  useKeepingHost((made) => {
    host = made;
  });

  it.each([
    ["thousands that are not UTF-8", Array<Buffer>(BYTES / 2).fill(Buffer.from([0xff]))],
    ["thousands to be quoted", Array<string>(BYTES / 2).fill("'")],
    ["one of characters that nobody sees", ["\x7f".repeat(BYTES)]],
    ["one of characters that take six in JSON", ["\x01".repeat(BYTES)]],
  ])("costs others nothing: %s", { timeout: 120_000 }, async (_, argv) => {
    // Some hundred MB, which nobody is to hold.
    const nowhere = openSync("/dev/null", "w");
    const service = await host.keep(["--log-exits"], { stdout: nowhere });
    closeSync(nowhere);
    const input = Buffer.concat(Array<Buffer>(EXECS).fill(encodeArgumentLists([argv])));
    const flood = host
      .workspace("mallory", "main")
      .run([programs.path("exec_list"), programs.path("nothing")], { input });
    const flooded = flood.then(() => true);
    let rounds = 0;
    while (!(await Promise.race([flooded, host.execs(20, "r").then(() => false)]))) rounds++;
    succeeded(await flood);
    succeeded(await host.workspace("jessie", "main").run(["/bin/true", "last"]));
    const { code, stderr } = await service.stop();
    expect(code).toBe(0);
    const { stdout } = await host.command("history", "--json", "--user", "jessie");
    const lines = parseLog(stdout);
    expect(lines.filter(({ msg }) => msg === "lost")).toEqual([]);
    expect(host.missing(), stderr).toEqual([]);
    expect(rounds).toBeGreaterThan(0);
    expect(withArgument(lines, "r20").length).toBeGreaterThanOrEqual(rounds);
    expect(withArgument(lines, "last"), stderr).toHaveLength(1);
  });
});
