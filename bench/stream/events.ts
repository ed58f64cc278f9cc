import type { ExecEvent, ExitEvent, Labels } from "../../protocol/events.ts";

const LABELS: readonly Labels[] = Array.from({ length: 20 }, (_, index) => ({
  ...{ username: `user${String(index)}`, workspace_name: "main", workspace_id: `id-${String(index)}` },
}));

const START_NS = 1_700_000_000_000_000_000n;

/** The exec with this number: its arguments, ids and paths differ from its neighbours', as a build's do. */
export function anExec(number: number): ExecEvent {
  const pid = 1000 + (number % 4_000_000);
  const file = `src/part${String(number % 97)}/file${String((number * 7919) % 100_003)}.c`;
  return {
    ...{ type: "exec", seq: number + 1, timeNs: START_NS + BigInt(number) * 1_000_000n },
    ...{ labels: LABELS[number % LABELS.length] ?? {}, attribution: "cgroup", pod: undefined },
    ...{
      id: `${String(pid)}.${String(5_000_000_000 + number * 1_000_003)}.1`,
      lineage: "known",
      execNumber: 1,
    },
    ...{ parentId: `${String(pid - 1)}.${String(4_000_000_000)}.1`, pid, tid: pid, ppid: pid - 1 },
    ...{ uid: 1000, gid: 1000, euid: 1000, egid: 1000, loginUid: undefined, auditSession: undefined },
    ...{ sessionId: 900, tty: "pts0", nsPid: pid, nsUid: 1000, nsGid: 1000, pidNamespace: 4_026_531_836 },
    ...{ nested: false, comm: "make", filename: "/usr/bin/cc", exe: "/usr/bin/x86_64-linux-gnu-gcc-12" },
    ...{ exeTruncated: false, exeDevice: "254:0", exeInode: 1_234_567n, interpreter: undefined },
    ...{
      image: undefined,
      gained: [],
      capEffective: 0n,
      cwd: "/home/user/project/build",
      cwdTruncated: false,
    },
    ...{
      cwdDeleted: false,
      exeOutsideRoot: false,
      cwdOutsideRoot: false,
      argsUnreadable: false,
      cgroup: `/workspaces/user${String(number % 20)}/main`,
      cgroupId: 4711n,
    },
    ...{ argv: ["cc", "-Wall", "-O2", "-Iinclude", "-c", file, "-o", `build/${file}.o`], truncated: false },
    ...{ cut: undefined, argCount: 8, argsBytes: 80, raw: undefined },
  };
}

/** The end of the exec before this number. */
export function anExit(number: number): ExitEvent {
  const { id, pid, labels, attribution } = anExec(number - 1);
  return {
    ...{ type: "exit", seq: number + 1, timeNs: START_NS + BigInt(number) * 1_000_000n, labels, attribution },
    ...{
      pod: undefined,
      id,
      pid,
      exitCode: 0,
      signal: undefined,
      coreDumped: false,
      durationNs: 12_345_678n,
      late: false,
    },
  };
}
