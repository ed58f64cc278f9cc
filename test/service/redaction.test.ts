import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { ApiReader, ask } from "./support/apiReader.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";

describeKernel("a service that redacts", () => {
  let host: TracedHost;
  beforeEach(() => {
    host = new TracedHost();
  });
  afterEach(async () => {
    await host.close();
  });

  it("gives a secret to nobody: log, stream, snapshot, workspaces and history", async () => {
    const rules = join(host.directory, "redact.yaml");
    writeFileSync(rules, "presets: true\nrules:\n  - { name: ticket, pattern: 'TICKET-([0-9]+)' }\n");
    const [stateDir, socketPath] = [join(host.directory, "state"), join(host.directory, "s.sock")];
    const workspace = host.workspace("jessie", "main");
    // It runs already when the tracing begins.
    const before = workspace.start(["/bin/sh", "-c", "while :; do sleep 0.1; done; : --token=sesame-0"]);
    const service = await host.trace([
      ...["--redact", rules, "--state-dir", stateDir, "--listen", `unix:${socketPath}`],
    ]);
    const reader = await ApiReader.open({ socketPath }, { query: "?since=0" });
    await workspace.run(["/bin/echo", "https://me:sesame-1@host/", "--password", "sesame-2", "TICKET-77123"]);
    await reader.until("it is told", () => reader.execs.includes("TICKET-<redacted:ticket>"));
    await reader.until("the workspace is told", () =>
      JSON.stringify(reader.messages).includes("lastCommand"),
    );
    before.kill("SIGKILL");
    await reader.end();
    const { stdout, stderr } = await service.stop();
    const history = await TracerService.run(["history", "--json", "--state-dir", stateDir]);
    expect(history.stdout).toContain("<redacted:url-credential>");
    for (const text of [stdout, stderr, JSON.stringify(reader.messages), history.stdout]) {
      expect(text).not.toContain("sesame");
      expect(text).not.toContain("77123");
    }
    expect(JSON.stringify(reader.messages)).toContain("--token=<redacted:assignment>");
    for (const suffix of ["", "-wal"]) {
      const file = join(stateDir, `history.db${suffix}`);
      if (existsSync(file)) expect(readFileSync(file, "latin1")).not.toContain("sesame");
    }
  });

  it("is not held up by a workspace whose arguments take long to examine, and lets none of them through", async () => {
    const socketPath = join(host.directory, "s.sock");
    const service = await host.trace(["--redact-presets", "--listen", `unix:${socketPath}`]);
    const [mallory, jessie] = [host.workspace("mallory", "main"), host.workspace("jessie", "main")];
    const loop = 'i=0; while [ $i -lt 60 ]; do i=$((i + 1)); /bin/true "$1$i"; done';
    await mallory.sh(loop, "password=sesame ".repeat(2_000));
    await jessie.run(["/bin/true", "PASSWORD=sesame", "last"]);
    const argvOf = (username: string): (readonly string[])[] =>
      service.log
        .filter(({ msg, fields }) => msg === "exec" && fields.labels.username === username)
        .map(({ fields }) => fields.event.argv);
    await service.until("the last exec is told", () => argvOf("jessie").length > 0);
    const { body } = await ask({ socketPath }, "/metrics");
    expect(argvOf("jessie")).toEqual([["/bin/true", "PASSWORD=<redacted:assignment>", "last"]]);
    const unexamined = argvOf("mallory")
      .flat()
      .filter((text) => text === "<redacted:unexamined>").length;
    expect(unexamined).toBeGreaterThan(0);
    expect(body).toContain(`process_logging_arguments_unexamined_total ${String(unexamined)}\n`);
    expect(service.stdout).not.toContain("sesame");
  });

  it("does not start with rules that are wrong, and says where", async () => {
    const rules = join(host.directory, "redact.yaml");
    writeFileSync(rules, "rules:\n  - { name: x, pattern: '(' }\n");
    const { code, stderr } = await TracerService.run(["run", "--rules", host.rules, "--redact", rules]);
    expect(code).toBe(1);
    expect(stderr.trim().split("\n").at(-1)).toMatch(
      /redact\.yaml:2: expected a regular expression as RE2 has them/,
    );
  });
});
