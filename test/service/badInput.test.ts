import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { TestBpfFileSystem } from "../kernel/support/testBpfFileSystem.ts";
import { parseLog, withArgument } from "./support/logLine.ts";
import { hiding, withoutCapabilities } from "./support/poorNode.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";

const labels = ["--label", "username=jessie"];
const fixed = (...args: string[]): string[] => ["run", "--identity", "static", ...args];
const pods = (...args: string[]): string[] => [
  "run",
  "--identity",
  "kubernetes",
  "--node-name",
  "n1",
  ...args,
];
const rulesFile = (text: string) => (host: TracedHost) => {
  const path = join(host.directory, "bad.yaml");
  writeFileSync(path, text);
  return ["run", "--rules", path];
};

interface Case {
  readonly what: string;
  readonly args: readonly string[] | ((host: TracedHost) => readonly string[]);
  readonly says: RegExp;
  readonly through?: readonly string[];
}

/** Stands for another version of Node.js: what it lacks is not looked at. */
const OLD_NODE = `Object.defineProperty(process.versions, "node", { value: "20.1.0" })`;

const cases: readonly Case[] = [
  { what: "an unknown command", args: ["trace"], says: /unknown command 'trace'/ },
  { what: "an unknown flag", args: ["run", "--lgo", "x"], says: /unknown option '--lgo'.*--log/ },
  {
    what: "a Node.js that is too old",
    args: ["run"],
    through: ["env", `NODE_OPTIONS=--import=data:text/javascript,${encodeURIComponent(OLD_NODE)}`],
    says: /this is Node\.js 20\.1\.0: use Node\.js 24/,
  },
  { what: "a flag without its value", args: ["run", "--log"], says: /'--log <file>' argument missing/ },
  { what: "an argument too many", args: ["run", "now"], says: /too many arguments/ },
  { what: "an unknown format", args: ["run", "--format", "xml"], says: /xml.*auto, json, columns/ },
  { what: "an unknown identity", args: ["run", "--identity", "me"], says: /me.*local, static, kubernetes/ },
  {
    what: "a ring of a wrong size",
    args: ["run", "--ring-size", "3"],
    says: /power of two from 0\.0625 to 1024/,
  },
  { what: "a rest that is no number", args: ["run", "--rest", "1e9"], says: /whole number from 0 to 1000/ },
  { what: "labels for local identity", args: ["run", ...labels], says: /--label go with --identity static/ },
  {
    what: "rules for static identity",
    args: fixed("--rules", "x"),
    says: /--rules goes with --identity local/,
  },
  {
    what: "Kubernetes identity without the node's name",
    args: ["run", "--identity", "kubernetes"],
    says: /needs --node-name NAME/,
  },
  {
    what: "Kubernetes identity outside of a pod",
    args: pods(),
    says: /this is no Kubernetes pod.*--kubeconfig FILE/,
  },
  {
    what: "Kubernetes identity with a kubeconfig that does not exist",
    args: pods("--kubeconfig", "/no/kubeconfig"),
    says: /could not read the kubeconfig: .*no such file/,
  },
  {
    what: "Kubernetes identity with labels of its own",
    args: pods(...labels),
    says: /--label do not go with --identity kubernetes/,
  },
  {
    what: "a selector that is none",
    args: pods("--workspace-selector", "team in blue"),
    says: /selector "team in blue" is not understood.*team in \(blue,red\)/,
  },
  {
    what: "a label key that is none",
    args: pods("--label-key", "username"),
    says: /--label-key "username": expected NAME=KEY,KEY/,
  },
  {
    what: "a namespace that can't be one",
    args: pods("--capture-namespace", "A/b"),
    says: /--capture-namespace: "A\/b" can't be the name of a namespace/,
  },
  {
    what: "a root of kubelet's that is no path",
    args: pods("--kubelet-cgroup-root", "kubepods/../x"),
    says: /--kubelet-cgroup-root: expected the path of a cgroup such as \/kubepods\.slice/,
  },
  {
    what: "flags of Kubernetes identity without it",
    args: ["run", "--capture-namespace", "coder"],
    says: /--capture-namespace, .*go with --identity kubernetes/,
  },
  { what: "static identity without target", args: fixed(...labels), says: /one of --cgroup .*--own-pod/ },
  {
    what: "static identity with two targets",
    args: fixed("--own-pod", "--cgroup", "/", ...labels),
    says: /one of --cgroup .*--own-pod/,
  },
  {
    what: "static identity without labels",
    args: fixed("--own-pod"),
    says: /needs labels: --label username=NAME/,
  },
  {
    what: "a label without value",
    args: fixed("--own-pod", "--label", "jessie"),
    says: /--label: expected key=value, .*"jessie"/,
  },
  {
    what: "a cgroup that does not exist",
    args: fixed("--cgroup", "/wpl-no-such-cgroup", ...labels),
    says: /no cgroup "\/wpl-no-such-cgroup".*\/proc\/PID\/cgroup/,
  },
  {
    what: "a cgroup whose path is empty, which would be all of the node",
    args: fixed("--cgroup", "", ...labels),
    says: /--cgroup: expected a cgroup path .*, found ""/,
  },
  {
    what: "a cgroup outside of the reader's cgroup namespace",
    args: fixed("--cgroup", "/../jessie", ...labels),
    says: /--cgroup: expected a cgroup path .*, found "\/\.\.\/jessie"/,
  },
  {
    what: "a node without a name",
    args: ["run", "--node-name", ""],
    says: /'--node-name <name>' .*Expected a name/,
  },
  {
    what: "a cgroup path that no cgroup can have here",
    args: fixed("--cgroup", `/${"a".repeat(255)}`, ...labels),
    says: /--cgroup: expected a cgroup path of at most 255 bytes, found "\/aaa/,
  },
  {
    what: "the PID namespace of the whole node",
    args: fixed("--pid-namespace", "4026531836", ...labels),
    says: /--pid-namespace <inode>.*whole node/,
  },
  {
    what: "a PID namespace that nothing runs in",
    args: fixed("--pid-namespace", "12345", ...labels),
    says: /--pid-namespace: no process runs in the PID namespace 12345: .*\/proc\/PID\/ns\/pid/,
  },
  {
    what: "an own pod where there is none",
    args: fixed("--own-pod", ...labels),
    says: /not in a container of a Kubernetes pod.*--cgroup or --pid-namespace/,
  },
  {
    what: "rules that do not exist",
    args: ["run", "--rules", "/no/rules"],
    says: /\/no\/rules: .*no such file/,
  },
  {
    what: "rules that may not be read",
    args: (host) => {
      const path = join(host.directory, "secret.yaml");
      writeFileSync(path, "rules: []\n", { mode: 0 });
      return ["run", "--rules", path];
    },
    through: withoutCapabilities,
    says: /secret\.yaml: could not open the file: permission denied/,
  },
  { what: "rules that are a folder", args: ["run", "--rules", "/"], says: /\/: expected a regular file/ },
  {
    what: "rules that are no YAML",
    args: rulesFile("rules:\n  - cgroup: [\n"),
    says: /bad\.yaml:\d+: /,
  },
  {
    what: "rules with a pattern that is none",
    args: rulesFile("rules:\n  - cgroup: /a/{username}\n  - cgroup: b/{username}\n"),
    says: /bad\.yaml:3: expected .*found/,
  },
  {
    what: "rules that name nobody",
    args: rulesFile("rules:\n\n  - cgroup: /a/{workspace_name}\n"),
    says: /bad\.yaml:3: expected a label username/,
  },
  {
    what: "a log in no folder",
    args: ["run", "--log", "/no/log"],
    says: /log file "\/no\/log".*make the directory/,
  },
  { what: "a log that is a folder", args: ["run", "--log", "/"], says: /log file "\/".*it is a directory/ },
  {
    what: "a BPF object that does not exist",
    args: ["run", "--bpf-object", "/no/object"],
    says: /BPF object \/no\/object \(ENOENT\): build/,
  },
  {
    what: "a BPF object that is none",
    args: (host) => ["run", "--bpf-object", host.rules],
    says: /BPF object .*rules\.yaml .*: build/,
  },
  {
    what: "a BPF object of something else",
    args: ["run", "--bpf-object", process.execPath],
    says: /BPF object .*: build/,
  },
  {
    what: "an address that others reach",
    args: ["exectrace", "--init-address", "0.0.0.0:56123"],
    says: /--init-address: expected a loopback address/,
  },
  {
    what: "a timeout that is none",
    args: ["exectrace", "--startup-timeout", "soon"],
    says: /--startup-timeout: .*15m/,
  },
  {
    what: "the host's PID namespace as the own one",
    args: ["exectrace", "--use-local-pidns", ...labels],
    says: /--use-local-pidns: .*whole node/,
  },
  {
    what: "an exectrace outside of any pod",
    args: ["exectrace", ...labels],
    says: /not in a container of a Kube/,
  },
  {
    what: "missing privilege",
    args: ["run"],
    through: withoutCapabilities,
    says: /EPERM: it needs root, or the capabilities CAP_BPF and CAP_PERFMON/,
  },
  {
    what: "a kernel without BTF",
    args: ["run"],
    through: hiding("/sys/kernel/btf"),
    says: /no BTF.*CONFIG_DEBUG_INFO_BTF/,
  },
  {
    what: "an old kernel",
    args: ["run"],
    through: ["setarch", "--uname-2.6", "--"],
    says: /this kernel is 2\.6\S*: tracing needs Linux 5\.8/,
  },
  {
    what: "no libbpf",
    args: ["run"],
    through: hiding("libbpf.so.1"),
    says: /libbpf\.so\.1 was not found: install/,
  },
  {
    what: "no cgroups to see",
    args: ["run"],
    through: hiding("/sys/fs/cgroup"),
    says: /cgroups can't be seen from here.*--identity static/,
  },
];

describeKernel("bad input", () => {
  let host: TracedHost;
  beforeAll(() => {
    host = new TracedHost();
  });
  afterAll(async () => {
    await host.close();
  });

  it.each(cases)("$what gives one line on stderr and exit 1", async ({ args, says, through = [] }) => {
    const given = typeof args === "function" ? args(host) : args;
    const { code, stdout, stderr } = await TracerService.run(given, { through });
    expect(stderr).toMatch(/^tracer-service: [^\n]+\n$/);
    expect(stderr).toMatch(says);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it.each([
    ["a cgroup that does not exist", fixed("--cgroup", "/wpl-no-such-cgroup", ...labels)],
    ["an own pod where there is none", fixed("--own-pod", ...labels)],
  ])("%s touches neither pins nor socket, log nor state directory", async (what, given) => {
    const place = (name: string): string => join(host.directory, what, name);
    mkdirSync(place("state"), { recursive: true });
    const bpffs = new TestBpfFileSystem();
    try {
      const { code, stdout } = await TracerService.run([
        ...given,
        ...["--listen", `unix:${place("tracer.sock")}`, "--log", place("log")],
        ...["--state-dir", place("state"), "--pin-dir", bpffs.pinDirectory],
      ]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(readdirSync(place("."), { recursive: true })).toEqual(["state"]);
      expect(bpffs.loads).toEqual([]);
    } finally {
      bpffs.remove();
    }
  });

  it("an address in use gives one line on stderr and exit 1", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const pod = host.cgroup("pod01234567-89ab-cdef-0123-456789abcdef", "container");
    const enter = ["sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', pod.directory];
    const given = ["exectrace", "--init-address", `127.0.0.1:${port}`, ...labels];
    const { code, stderr, stdout } = await TracerService.run(given, { through: enter });
    taken.close();
    const lines = stderr.trimEnd().split("\n");
    expect(lines.filter((line) => !line.startsWith("{"))).toHaveLength(1);
    expect(lines.at(-1)).toMatch(
      /^tracer-service: could not listen on http:\/\/127\.0\.0\.1:\d+: .*--init-address/,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  it("a port in use gives one line on stderr and exit 1, with nothing attached and the state as it was", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const address = taken.address();
    const port = typeof address === "object" ? String(address?.port) : "";
    const place = (name: string): string => join(host.directory, `port-${name}`);
    writeFileSync(place("token"), "t".repeat(40), { mode: 0o600 });
    const bpffs = new TestBpfFileSystem();
    try {
      const flags = ["--state-dir", place("state"), "--pin-dir", bpffs.pinDirectory];
      const { code, stderr, stdout } = await TracerService.run([
        ...["run", "--rules", host.rules, ...flags],
        ...["--listen", `127.0.0.1:${port}`, "--token-file", place("token")],
      ]);
      const lines = stderr
        .trimEnd()
        .split("\n")
        .filter((line) => !line.startsWith("{"));
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(/^tracer-service: could not listen on .*127\.0\.0\.1:\d+.*in use/);
      expect({ code, log: parseLog(stdout) }).toEqual({ code: 1, log: [] });
      expect(bpffs.loads).toEqual([]);
      // No run that crashed: no numbers are left out, and no event may be missing.
      const next = await host.trace(flags);
      expect(next.stderr).not.toContain("was not stopped properly");
      await host.workspace("jessie", "main").run(["/bin/true", "first"]);
      await next.until("it is logged", () => withArgument(next.log, "first").length > 0);
      expect(next.log[0]?.fields.event.seq).toBe(1);
      await next.stop();
    } finally {
      taken.close();
      bpffs.remove();
    }
  });

  it("leaves nothing behind that a later service would trip over", async () => {
    const service = await host.trace();
    await host.workspace("jessie", "main").sh("for i in 1 2 3; do /bin/true marker; done");
    await service.stop();
    expect(withArgument(service.log, "marker")).toHaveLength(3);
  });
});
