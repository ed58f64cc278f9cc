import { expect, it } from "vitest";

import { TracerService } from "./support/tracerService.ts";

const tracing = [
  "--log",
  "--log-exits",
  "--no-log-chain",
  "--format",
  "--max-line-bytes",
  "--ring-size",
  "--exec-budget",
  "--exec-burst",
  "--process-table",
  "--rest",
  "--listen",
  "--listen-group",
  "--token-file",
  ...["--state-dir", "--history-size", "--history-age", "--redact", "--redact-presets"],
];
const access = [
  ...["--auth", "--authorize", "--audience", "--access-cache", "--probe-socket", "--kubeconfig"],
  ...["--metrics-listen", "--metrics-tls-cert", "--metrics-tls-key", "--metrics-audience"],
];

it.each([
  {
    command: [],
    mentions: ["run", "exectrace", "check", "probe", "history", "verify", "seal", "node-readiness"],
  },
  {
    command: ["run"],
    mentions: [
      ...["--identity", "--rules", "--cgroup", "--pid-namespace", "--own-pod", "--label"],
      ...tracing,
      ...access,
    ],
  },
  {
    command: ["exectrace"],
    mentions: ["--label", "--init-address", "--startup-timeout", "--use-local-pidns", ...tracing],
  },
  { command: ["check"], mentions: ["--json"] },
  {
    command: ["history"],
    mentions: [
      "--user",
      "--workspace",
      "--since",
      "--until",
      "--grep",
      "--regex",
      "--limit",
      "--json",
      "--state-dir",
    ],
  },
  { command: ["verify"], mentions: ["file", "--state-dir", "--key-file", "--head"] },
  { command: ["seal"], mentions: ["--state-dir"] },
  { command: ["probe"], mentions: ["what", "--socket"] },
  {
    command: ["node-readiness"],
    mentions: ["--namespace", "--selector", "--lease", "--probe-socket", "--kubeconfig"],
  },
])("help of `tracer-service $command` names all it takes", async ({ command, mentions }) => {
  const { code, stdout, stderr } = await TracerService.run([...command, "--help"]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const named = stdout.split("\n").map((line) => line.trim().split(/[ ,]/)[0]);
  expect(named).toEqual(expect.arrayContaining(mentions));
});

it.each(["run", "exectrace", "check", "probe", "node-readiness"])(
  "`tracer-service help %s` is the same",
  async (command) => {
    const long = await TracerService.run([command, "--help"]);
    expect((await TracerService.run(["help", command])).stdout).toBe(long.stdout);
  },
);

it("without a command it shows its help on stderr, exit 1", async () => {
  const { code, stdout, stderr } = await TracerService.run([]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(/^Usage: tracer-service /);
});
