import { describe, expect, it } from "vitest";
import type { ExecEvent, ExitEvent, TracerEvent } from "../../../../protocol/events.ts";
import { LogLineFormatter } from "../../../../tracer-service/output/logLine.ts";
import { fixtureExec, fixtureExit, fixtureLost } from "./fixtureEvents.ts";
import { parseLine } from "./parseLine.ts";

const NODE = { node: "node-1", bootId: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a" };
const TEXTS = { caller: expect.any(String) as string, func: expect.any(String) as string };

function parsed(event: TracerEvent): unknown {
  return parseLine(new LogLineFormatter({ ...NODE, maxLineBytes: undefined }).format(event));
}

describe("LogLineFormatter", () => {
  it("writes an exec with the keys that queries know, and the new ones", () => {
    expect(parsed(fixtureExec())).toStrictEqual({
      ts: "2022-02-28T20:29:38.038452202Z",
      level: "INFO",
      msg: "exec",
      ...TEXTS,
      fields: {
        labels: { username: "jessie", workspace_name: "main" },
        cmdline: "uname -a",
        event: {
          filename: "/usr/bin/uname",
          argv: ["uname", "-a"],
          truncated: false,
          pid: 920684,
          uid: 101000,
          gid: 101001,
          comm: "bash",
          seq: 7,
          exec_id: "920684.123456789012.1",
          parent_exec_id: "920683.123456700000.3",
          lineage: "known",
          exec_number: 1,
          tid: 920685,
          ppid: 920683,
          euid: 101002,
          egid: 101003,
          session_id: 920600,
          ns_pid: 84,
          pid_namespace: 4026531836,
          exe: "/usr/bin/uname",
          exe_device: "254:1",
          exe_inode: "18446744073709551615",
          cap_effective: "0000000000000000",
          cwd: "/home/jessie",
          cgroup_id: "9007199254740993",
          arg_count: 2,
          args_bytes: 9,
        },
        attribution: "cgroup",
        node: "node-1",
        boot_id: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a",
      },
    });
  });

  it("begins a line as existing text queries expect", () => {
    const line = new LogLineFormatter({ ...NODE, maxLineBytes: undefined }).format(fixtureExec());
    expect(line).toMatch(
      /^\{"ts":"[^"]+","level":"INFO","msg":"exec","caller":"[^"]+","func":"[^"]+","fields":\{"labels":\{/,
    );
    expect(line).toContain(
      `},"cmdline":"uname -a","event":{"filename":"/usr/bin/uname","argv":["uname","-a"],`,
    );
  });

  it.each<[string, Partial<ExecEvent>, Record<string, unknown>]>([
    [
      "terminal, login and mapped ids",
      { tty: "pts0", loginUid: 0, auditSession: 3, nsUid: 0, nsGid: 5 },
      { tty: "pts0", login_uid: 0, audit_session: 3, ns_uid: 0, ns_gid: 5 },
    ],
    ["a nested container", { nested: true }, { nested: true }],
    [
      "paths that the kernel cut",
      { exeTruncated: true, cwdTruncated: true },
      { exe_truncated: true, cwd_truncated: true },
    ],
    [
      "paths outside of the process's root",
      { exeOutsideRoot: true, cwdOutsideRoot: true },
      { exe_outside_root: true, cwd_outside_root: true },
    ],
    [
      "arguments that could not be read",
      { argv: [], truncated: true, argsUnreadable: true },
      { argv: [], truncated: true, args_unreadable: true },
    ],
    ["a deleted working directory", { cwdDeleted: true }, { cwd_deleted: true }],
    ["a script's interpreter", { interpreter: "/bin/sh" }, { interpreter: "/bin/sh" }],
    ["an image without a name", { image: "memfd" }, { image: "memfd" }],
    [
      "privileges gained",
      { gained: ["setuid", "file_capabilities"], capEffective: 0x1ffffffffffn },
      { gained: ["setuid", "file_capabilities"], cap_effective: "000001ffffffffff" },
    ],
    ["a cgroup", { cgroup: "/workspaces/jessie/main" }, { cgroup: "/workspaces/jessie/main" }],
    [
      "a cut of the kernel",
      { truncated: true, cut: { argument: 1, missingBytes: 5 } },
      { truncated: true, cut: { argument: 1, missing_bytes: 5 } },
    ],
    [
      "bytes that are not UTF-8",
      { raw: { argv: [null, "/w=="], cwd: "/w==" } },
      { raw: { argv: [null, "/w=="], cwd: "/w==" } },
    ],
  ])("adds %s to an exec", (_name, changes, added) => {
    expect(parsed(fixtureExec(changes))).toMatchObject({ fields: { event: added } });
  });

  const place = {
    namespace: "coder",
    pod: "jessie-main",
    podUid: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a",
    serviceAccount: "default",
    container: "dev",
    image: "registry.example/dev:1",
    containerId: "4f".repeat(32),
  };

  it.each([
    ["an exec", fixtureExec],
    ["an exit", fixtureExit],
    ["a loss", fixtureLost],
  ])("names the pod of %s", (_name, fixture) => {
    expect(parsed(fixture({ pod: place, attribution: "pod" }))).toMatchObject({
      fields: {
        attribution: "pod",
        kubernetes: {
          namespace: "coder",
          pod: "jessie-main",
          pod_uid: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a",
          service_account: "default",
          container: "dev",
          container_id: "4f".repeat(32),
          image: "registry.example/dev:1",
        },
        node: "node-1",
      },
    });
  });

  it("leaves out of a pod what is not known", () => {
    const pod = {
      ...place,
      namespace: undefined,
      serviceAccount: undefined,
      image: undefined,
      containerId: undefined,
    };
    expect(parsed(fixtureExec({ pod }))).toHaveProperty("fields.kubernetes", {
      pod: "jessie-main",
      pod_uid: place.podUid,
      container: "dev",
    });
  });

  it("says of each event how it was attributed, whatever those of the same place before", () => {
    const formatter = new LogLineFormatter({ ...NODE, maxLineBytes: undefined });
    for (const attribution of ["cgroup", "loginuid", "cgroup"] as const) {
      expect(parseLine(formatter.format(fixtureExec({ attribution })))).toMatchObject({
        fields: { attribution },
      });
    }
  });

  it("leaves out the parent of an exec that has none in scope", () => {
    expect(parsed(fixtureExec({ lineage: "root", parentId: undefined }))).not.toHaveProperty(
      "fields.event.parent_exec_id",
    );
  });

  it.each<[string, Partial<ExitEvent>, Record<string, unknown>]>([
    ["an exit code", {}, { exit_code: 1 }],
    ["a signal", { exitCode: undefined, signal: 9 }, { signal: 9, signal_name: "SIGKILL" }],
    [
      "a core dump",
      { exitCode: undefined, signal: 11, coreDumped: true },
      { signal: 11, signal_name: "SIGSEGV", core_dumped: true },
    ],
    ["a signal without a name", { exitCode: undefined, signal: 33 }, { signal: 33 }],
    ["an end that was told late", { late: true }, { exit_code: 1, late: true }],
  ])("writes an exit with %s", (_name, changes, how) => {
    expect(parsed(fixtureExit(changes))).toStrictEqual({
      ts: "2022-02-28T20:29:38.038452202Z",
      level: "INFO",
      msg: "exit",
      ...TEXTS,
      fields: {
        labels: { username: "jessie", workspace_name: "main" },
        event: { seq: 7, exec_id: "920684.123456789012.1", pid: 920684, ...how, duration_ns: 1234567890 },
        attribution: "cgroup",
        node: "node-1",
        boot_id: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a",
      },
    });
  });

  it("writes every digit of a duration of more than a hundred days", () => {
    const line = new LogLineFormatter({ ...NODE, maxLineBytes: undefined }).format(
      fixtureExit({ durationNs: 2n ** 53n + 1n }),
    );
    expect(line).toContain(`"duration_ns":9007199254740993}`);
  });

  it("writes what was lost, with its count and time range, as a warning", () => {
    expect(parsed(fixtureLost())).toStrictEqual({
      ts: "2022-02-28T20:29:38.038452202Z",
      level: "WARN",
      msg: "lost",
      ...TEXTS,
      fields: {
        labels: { username: "jessie", workspace_name: "main" },
        event: {
          seq: 7,
          kind: "exec",
          reason: "ring_full",
          count: 12,
          first: "2022-02-28T20:29:37.038452202Z",
          last: "2022-02-28T20:29:38.038452202Z",
          cgroup: "/workspaces/jessie/main",
        },
        attribution: "cgroup",
        node: "node-1",
        boot_id: "0b5a2a0e-2d0e-4a51-9f0a-2d0e4a519f0a",
      },
    });
  });

  it("keeps the bytes of what is not UTF-8 in a loss, too", () => {
    const raw = { program: "/w==", cgroup: "L/8=" };
    expect(parsed(fixtureLost({ program: "\ufffd", cgroup: "/\ufffd", raw }))).toMatchObject({
      fields: { event: { program: "\ufffd", cgroup: "/\ufffd", raw } },
    });
  });

  it("tells the labels of different workspaces apart", () => {
    const formatter = new LogLineFormatter({ ...NODE, maxLineBytes: undefined });
    const labels = [{ username: "jessie" }, { username: 'b"ob' }, {}];
    const seen = [...labels, ...labels].map(
      (each) => parseLine(formatter.format(fixtureExec({ labels: each }))).fields.labels,
    );
    expect(seen).toEqual([...labels, ...labels]);
  });

  it("escapes hostile text everywhere", () => {
    const hostile = '\u202e"\n\x9b\u2028';
    const line = new LogLineFormatter({ ...NODE, maxLineBytes: undefined }).format(
      fixtureExec({
        argv: [hostile],
        comm: hostile,
        cwd: hostile,
        labels: { [hostile]: hostile },
        cgroup: hostile,
      }),
    );
    expect(line.trimEnd()).toMatch(/^[ -~]+$/);
    expect(parseLine(line).fields.event.argv).toEqual([hostile]);
  });

  it("tells a process that ran before tracing by an exec's keys, hostile text escaped", () => {
    const hostile = '\u202e"\n';
    const line = new LogLineFormatter({ ...NODE, maxLineBytes: undefined }).formatProcess(
      {
        ...{ snapshot: true, id: "7.5000000000.0", lineage: "known", parentId: "1.4000000000.0" },
        ...{ pid: 7, ppid: 1, uid: 1000, gid: 1000, comm: "bash", argv: ["bash", hostile] },
        ...{ labels: { username: "jessie" }, cgroup: "/workspaces/jessie/main" },
      },
      1_700_000_000_123_456_789n,
    );
    expect(line).toMatch(/^[ -~]+\n$/);
    expect(JSON.parse(line)).toMatchObject({
      ...{ ts: "2023-11-14T22:13:20.123456789Z", level: "INFO", msg: "process" },
      fields: {
        ...{ labels: { username: "jessie" }, cmdline: `bash '${hostile}'`, node: NODE.node },
        event: {
          ...{ filename: "bash", argv: ["bash", hostile], truncated: false, pid: 7, uid: 1000, gid: 1000 },
          ...{ comm: "bash", exec_id: "7.5000000000.0", parent_exec_id: "1.4000000000.0", lineage: "known" },
          ...{ exec_number: 0, ppid: 1, cgroup: "/workspaces/jessie/main" },
        },
      },
    });
  });

  it.each<[number, string]>([
    [1999, "node-1"],
    [0, "node-1"],
    [NaN, "node-1"],
    [2100, "n".repeat(253)],
  ])("refuses a limit of %d bytes on node %s", (maxLineBytes, node) => {
    expect(() => new LogLineFormatter({ ...NODE, node, maxLineBytes })).toThrow(
      /^a log line can't be limited to \S+ bytes: give at least \d+$/,
    );
  });
});
