import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { parseLog, withArgument } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService, type Ended } from "./support/tracerService.ts";

describeKernel("the chain of the log", () => {
  let host: TracedHost;
  let stateDir: string;
  let file: string;

  beforeEach(() => {
    host = new TracedHost();
    stateDir = join(host.directory, "state");
    file = join(host.directory, "log");
  });

  afterEach(async () => {
    await host.close();
  });

  const start = (...flags: string[]): Promise<TracerService> =>
    host.trace(["--state-dir", stateDir, "--log", file, ...flags]);
  const verify = (...args: string[]): Promise<Ended> => TracerService.run(["verify", ...args]);
  const execs = (marker: string, count = 20): Promise<unknown> =>
    host
      .workspace("jessie", "main")
      .sh(`i=0; while [ $i -lt ${String(count)} ]; do i=$((i + 1)); /bin/true ${marker}$i; done`);

  it("goes on over a restart and a kill, and is found to be whole; what is changed then is found", async () => {
    const { stdout: key } = await TracerService.run(["seal", "--state-dir", stateDir]);
    const keyFile = join(host.directory, "first-key");
    writeFileSync(keyFile, key);
    const first = await start();
    await execs("a");
    await first.stop();
    const second = await start();
    await execs("b");
    await second.until("its last line is written", () => readFileSync(file, "utf8").includes(' b20"'));
    await second.kill();
    const third = await start();
    await execs("c");
    await third.stop();

    const whole = await verify(file, "--key-file", keyFile, "--state-dir", stateDir);
    expect(whole.stdout).not.toContain("WRONG");
    expect(whole).toMatchObject({ code: 0, stderr: "" });
    expect(whole.stdout).toMatch(/under \d+ checkpoints of 3 runs\nhead \d+:[0-9a-f]{64}\n\d+ seals/);
    expect(whole.stdout).toMatch(/^NOTE {3}run \S+ has no end/m);
    expect((await verify(file)).stdout).toContain("does not prove that the seals are genuine");

    const text = readFileSync(file, "utf8");
    expect(withArgument(parseLog(text), "a7")).toHaveLength(1);
    const [, head = ""] = /^head (\S+)$/m.exec(whole.stdout) ?? [];
    writeFileSync(file, text.replace("/bin/true a7", "/bin/true a8"));
    const changed = await verify(file, "--key-file", keyFile);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/^WRONG {2}before the checkpoint .* lines were changed/m);
    writeFileSync(file, text.slice(0, text.indexOf("/bin/true b1")).replace(/[^\n]*$/, ""));
    const cut = await verify(file, "--head", head);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toMatch(/^WRONG {2}the head \d+ is not in this log/m);
    expect((await verify(file, "--state-dir", stateDir)).stdout).toMatch(/^WRONG .*an older copy put back/m);
  });

  it("is not in the log with --no-log-chain, nor without a state directory; verify says that it can't tell", async () => {
    for (const flags of [["--no-log-chain"], ["--state-dir", "none"]]) {
      const service = await start(...flags);
      await execs("x", 1);
      await service.stop();
    }
    expect(readFileSync(file, "utf8")).not.toContain("checkpoint");
    const { code, stdout } = await verify(file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^WRONG {2}there is no checkpoint in it/m);
  });

  it("is of each log by itself: a second service in the same state directory says that it has none to go on", async () => {
    const first = await start();
    const second = await host.trace(["--state-dir", stateDir]);
    await second.said("the log's chain does not go on");
    await execs("x", 1);
    await second.stop();
    await first.stop();
    expect(await verify(file, "--state-dir", stateDir)).toMatchObject({ code: 0 });
  });
});
