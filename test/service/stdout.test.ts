import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { ApiReader, ask } from "./support/apiReader.ts";
import { lostExecs, parseLog, withArgument } from "./support/logLine.ts";
import { Pipe } from "./support/pipe.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";

const manyExecs = 'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true marker "$2"; done';

describeKernel("the log on stdout", () => {
  let host: TracedHost;
  let pipe: Pipe;

  beforeEach(() => {
    host = new TracedHost();
    pipe = new Pipe();
  });

  afterEach(async () => {
    await host.close();
    pipe.close();
  });

  const trace = async (...args: string[]): Promise<TracerService> => {
    const service = await host.trace(args, { stdout: pipe.writeFd });
    pipe.closeWriter();
    return service;
  };

  /** Reads until the service has ended. */
  const readToEnd = async (service: TracerService): Promise<string> => {
    await service.until("it has ended", () => {
      pipe.read();
      return !service.running;
    });
    return pipe.read();
  };

  it.each([
    { where: "closed", shell: 'exec "$@" >&-' },
    { where: "/dev/null", shell: 'exec "$@" > /dev/null' },
  ])("that is $where is told, since nobody gets what is logged", async ({ shell }) => {
    const service = await host.trace([], { through: ["/bin/sh", "-c", shell, "sh"] });
    expect(service.stderr).toContain("the log goes nowhere");
    await service.stop();
  });

  it.each([
    { ring: "the default ring", args: [], lost: false },
    { ring: "a small ring", args: ["--ring-size", "0.25"], lost: true },
  ])("that nobody reads stops nothing; with $ring all is logged or counted later", async ({ args, lost }) => {
    const service = await trace(...args);
    const execs = 2000;
    await host.workspace("jessie", "main").sh(manyExecs, String(execs), "x".repeat(1000));
    expect(service.running).toBe(true);
    await service.until("the reader gets what waited", () => {
      const log = parseLog(pipe.read());
      return withArgument(log, "marker").length + lostExecs(log) >= execs;
    });
    service.signal("SIGTERM");
    const log = parseLog(await readToEnd(service));
    expect((await service.ended).code).toBe(0);
    // The shell that ran them is an exec, too.
    const logged = log.filter((line) => line.msg === "exec").length;
    expect(logged + lostExecs(log)).toBe(execs + 1);
    expect(lostExecs(log) > 0).toBe(lost);
    // Exits are numbered, too.
    const numbers = log.map((line) => line.fields.event.seq);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  it(
    "that nobody reads for long is told, and all is written once somebody does",
    async () => {
      const socketPath = join(host.directory, "tracer.sock");
      const service = await trace("--listen", `unix:${socketPath}`);
      const reader = await ApiReader.open({ socketPath }, { query: "?events=none" });
      const execs = 1000;
      const waitedFrom = performance.now();
      await host.workspace("jessie", "main").sh(manyExecs, String(execs), "x".repeat(1000));
      await reader.until("it is told", () =>
        reader.of("node").some(({ node }) => (node.logBlockedSeconds ?? 0) >= 2),
      );
      await setTimeout(Math.max(0, soakPlan.stallMs - (performance.now() - waitedFrom)));
      const { body } = await ask({ socketPath }, "/metrics");
      expect(body).toMatch(/^process_logging_log_blocked_seconds (?!0\b)/m);
      expect(body).toMatch(/^process_logging_log_waiting_bytes [1-9]/m);
      await service.until("the reader gets what waited", () => {
        const log = parseLog(pipe.read());
        return withArgument(log, "marker").length + lostExecs(log) >= execs;
      });
      await reader.until("it is told that all is well", () => {
        return reader.of("node").at(-1)?.node.logBlockedSeconds === undefined;
      });
      await reader.end();
      service.signal("SIGTERM");
      const log = parseLog(await readToEnd(service));
      expect(withArgument(log, "marker")).toHaveLength(execs);
      expect(lostExecs(log)).toBe(0);
      recordFault({ fault: "stdout: nobody reads", rounds: 1, executed: execs, logged: execs });
    },
    soakTimeout(60_000),
  );

  it("that nobody reads is given up at the end, and what was not written is counted", async () => {
    const service = await trace();
    const execs = 500;
    await host.workspace("jessie", "main").sh(manyExecs, String(execs), "x".repeat(1000));
    service.signal("SIGTERM");
    const { code, stderr } = await service.ended;
    const unsent = Number(/"unsentLines":(\d+)/.exec(stderr)?.[1]);
    expect(code).toBe(1);
    expect(unsent).toBeGreaterThan(0);
    expect(parseLog(pipe.read()).length + unsent).toBe(execs + 1);
  });

  it("goes on when nobody reads the diagnostics any more", async () => {
    const service = await trace();
    service.closeStderr();
    service.signal("SIGHUP");
    const workspace = host.workspace("jessie", "main");
    await workspace.run(["/bin/true", "first"]);
    service.signal("SIGHUP");
    await workspace.run(["/bin/true", "second"]);
    service.signal("SIGTERM");
    const log = parseLog(await readToEnd(service));
    expect((await service.ended).code).toBe(0);
    expect(log.map((line) => line.fields.event.argv.at(-1))).toEqual(["first", "second"]);
  });

  it("that is closed ends the service with one clear line", async () => {
    const service = await trace();
    pipe.closeReader();
    await host.workspace("jessie", "main").run(["/bin/true"]);
    const { code, stderr } = await service.ended;
    const errors = stderr.split("\n").filter((line) => line.includes("the log can't be written any more"));
    expect(code).toBe(1);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/"message":"could not write to stdout: .*; start the service again with /);
    // The exec and the shell that became it: where they went is told, too.
    expect(Number(/"unsentLines":(\d+)/.exec(stderr)?.[1])).toBeGreaterThan(0);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("has every exec before %s", async (signal) => {
    const service = await trace();
    const execs = 300;
    await host.workspace("jessie", "main").sh(manyExecs, String(execs), "");
    service.signal(signal);
    const log = parseLog(await readToEnd(service));
    expect((await service.ended).code).toBe(0);
    expect(withArgument(log, "marker")).toHaveLength(execs);
  });

  it("goes on when nobody reads stderr any more", async () => {
    // Two diagnostics: the first after the reader has gone may still find room.
    const closed = 'mkfifo "$0" && { head -c 1 "$0" > /dev/null & exec "$@" 2> "$0"; }';
    const through = ["sh", "-c", closed, join(host.directory, "stderr")];
    const service = new TracerService(["run", "--rules", host.rules], { through, stdout: pipe.writeFd });
    try {
      const workspace = host.workspace("jessie", "main");
      const logged = (): number => withArgument(parseLog(pipe.read()), "marker").length;
      // It can't say when it traces: the workspace runs something until that is seen.
      const runs = workspace.sh("while sleep 0.05; do /bin/true marker; done");
      await service.until("it traces", () => logged() > 0);
      service.signal("SIGHUP");
      service.signal("SIGHUP");
      const before = logged();
      await service.until("it traces on", () => logged() > before + 3);
      await workspace.remove();
      await runs;
      expect((await service.stop()).code).toBe(0);
    } finally {
      await service.kill();
    }
  });

  it("goes on after SIGHUP", async () => {
    const service = await trace();
    const workspace = host.workspace("jessie", "main");
    service.signal("SIGHUP");
    await service.said("SIGHUP");
    await workspace.run(["/bin/true", "marker"]);
    service.signal("SIGTERM");
    expect(withArgument(parseLog(await readToEnd(service)), "marker")).toHaveLength(1);
  });
});
