import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { runOutside } from "../kernel/support/testCgroup.ts";
import { TracedHost } from "./support/tracedHost.ts";

const SOCKET = "/run/process-logging/tracer.sock";
const TOKEN_FILE = "/etc/process-logging/token";
const PORT = "127.0.0.1:7777";
/** curl's status when `--max-time` is over, which ends a stream. */
const TIME_IS_OVER = 28;

const document = readFileSync(new URL("../../docs/api.md", import.meta.url), "utf8");
const examples = [...document.matchAll(/```sh\n(.*?)```/gs)].map((match) => match[1] ?? "");

describeKernel("docs/api.md", () => {
  let host: TracedHost;
  let places: readonly (readonly [string, string])[] = [];

  beforeAll(async () => {
    host = new TracedHost();
    const [socket, token] = [join(host.directory, "tracer.sock"), join(host.directory, "token")];
    writeFileSync(token, "a-token-of-this-test\n", { mode: 0o600 });
    const state = ["--state-dir", join(host.directory, "state")];
    await host.trace(["--listen", `unix:${socket}`, "--log", "none", ...state]);
    const tcp = await host.trace(["--listen", "127.0.0.1:0", "--token-file", token, "--log", "none"]);
    const port = /"port":(\d+)/.exec(tcp.stderr)?.[1] ?? "";
    places = [
      [SOCKET, socket],
      [TOKEN_FILE, token],
      [PORT, `127.0.0.1:${port}`],
    ];
    await host.workspace("jessie", "main").run(["/bin/true", "of the document"]);
    await host.workspace("jessie", "main").run(["/bin/true", "rm -rf"]);
  });

  afterAll(async () => {
    await host.close();
  });

  it("shows each way to connect", () => {
    expect(examples.length).toBeGreaterThanOrEqual(5);
    for (const place of [SOCKET, TOKEN_FILE, PORT]) {
      expect(examples.some((example) => example.includes(place))).toBe(true);
    }
  });

  it.each(examples)("%s", async (example) => {
    const script = places.reduce((text, [shown, real]) => text.replaceAll(shown, real), example);
    const { code, stdout } = await runOutside(["sh", "-e", "-c", script]);
    const streams = script.includes("/v1/stream");
    expect(code).toBe(streams ? TIME_IS_OVER : 0);
    if (streams) expect(stdout).toMatch(/^HTTP\/1.1 101 .*"type":"snapshot".*"of the document"/s);
    else expect(stdout).toMatch(/jessie|alive\ntracing|process_logging_/);
  });
});
