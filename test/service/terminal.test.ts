import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import type { KeepingHost } from "./support/keepingHost.ts";
import { mainFile } from "./support/tracerService.ts";
import { until } from "./support/until.ts";
import { useKeepingHost } from "./support/useKeepingHost.ts";

/** Gives the service a terminal of its own, which goes away with `script`; its pid and what it says are in files. */
const IN_TERMINAL = 'echo $$ > "$0/pid"; exec "$@" 2> "$0/stderr"';

describeKernel("a service in a terminal that goes away", () => {
  let host: KeepingHost;
  useKeepingHost((made) => {
    host = made;
  });

  it.each(["columns", "json"])("ends as by SIGTERM, with %s on it", async (format) => {
    const read = (name: string): string => {
      const path = join(host.directory, name);
      return existsSync(path) ? readFileSync(path, "utf8") : "";
    };
    const service = [mainFile, "run", "--rules", host.rules, "--state-dir", host.stateDir];
    const command = [
      "sh",
      "-c",
      IN_TERMINAL,
      host.directory,
      ...service,
      "--listen",
      "none",
      "--format",
      format,
    ];
    const quoted = command.map((each) => `'${each.replaceAll("'", `'\\''`)}'`).join(" ");
    const terminal = spawn("script", ["--quiet", "--flush", "--command", quoted, "/dev/null"], {
      env: { ...process.env, SHELL: "/bin/sh" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const gone = new Promise((resolve) => terminal.once("close", resolve));
    let shown = "";
    terminal.stdout.setEncoding("utf8").on("data", (text: string) => (shown += text));
    const isRunning = (): boolean => existsSync(`/proc/${read("pid").trim() || "none"}`);
    try {
      await until("it traces", () => read("stderr").includes('"msg":"tracing"'));
      await host.exec("seen");
      await until("it is shown", () => shown.includes("seen"));
      terminal.kill("SIGKILL");
      await gone;
      await until(
        "it has ended",
        () => !isRunning(),
        () => read("stderr"),
      );
      expect(read("stderr")).toContain('"msg":"stopped"');
      expect(host.keptLines().flatMap(({ fields }) => fields.event.argv)).toContain("seen");
      // It said to the next one that it ended.
      const next = await host.keep();
      expect(next.stderr).not.toContain("was not stopped properly");
      await next.stop();
    } finally {
      terminal.kill("SIGKILL");
      if (isRunning()) process.kill(Number(read("pid")), "SIGKILL");
    }
  });
});
