import type { ExecEvent, ExitEvent, LostEvent } from "../../../../protocol/events.ts";

/** 2022-02-28T20:29:38.038452202Z. */
export const FIXTURE_TIME_NS = 1_646_080_178_038_452_202n;

const SHARED = {
  seq: 7,
  timeNs: FIXTURE_TIME_NS,
  labels: { username: "jessie", workspace_name: "main" },
  attribution: "cgroup",
  pod: undefined,
} as const;

/** An exec of `uname -a`, changed as asked. */
export function fixtureExec(changes: Partial<ExecEvent> = {}): ExecEvent {
  const argv = changes.argv ?? ["uname", "-a"];
  return {
    ...SHARED,
    type: "exec",
    id: "920684.123456789012.1",
    lineage: "known",
    parentId: "920683.123456700000.3",
    execNumber: 1,
    pid: 920684,
    tid: 920685,
    ppid: 920683,
    uid: 101000,
    gid: 101001,
    euid: 101002,
    egid: 101003,
    loginUid: undefined,
    auditSession: undefined,
    sessionId: 920600,
    tty: undefined,
    nsPid: 84,
    nsUid: undefined,
    nsGid: undefined,
    pidNamespace: 4026531836,
    nested: false,
    comm: "bash",
    filename: "/usr/bin/uname",
    exe: "/usr/bin/uname",
    exeTruncated: false,
    exeOutsideRoot: false,
    exeDevice: "254:1",
    exeInode: 18446744073709551615n,
    interpreter: undefined,
    image: undefined,
    gained: [],
    capEffective: 0n,
    cwd: "/home/jessie",
    cwdTruncated: false,
    cwdOutsideRoot: false,
    cwdDeleted: false,
    cgroup: undefined,
    cgroupId: 9007199254740993n,
    argv,
    truncated: false,
    cut: undefined,
    argsUnreadable: false,
    argCount: argv.length,
    argsBytes: argv.reduce((sum, each) => sum + Buffer.byteLength(each) + 1, 0),
    raw: undefined,
    ...changes,
  };
}

/** A process that ended with exit code 1, changed as asked. */
export function fixtureExit(changes: Partial<ExitEvent> = {}): ExitEvent {
  return {
    ...SHARED,
    type: "exit",
    id: "920684.123456789012.1",
    pid: 920684,
    exitCode: 1,
    signal: undefined,
    coreDumped: false,
    durationNs: 1_234_567_890n,
    late: false,
    ...changes,
  };
}

/** Twelve execs lost to a full ring buffer within a second, changed as asked. */
export function fixtureLost(changes: Partial<LostEvent> = {}): LostEvent {
  return {
    ...SHARED,
    type: "lost",
    kind: "exec",
    reason: "ring_full",
    count: 12,
    firstNs: FIXTURE_TIME_NS - 1_000_000_000n,
    lastNs: FIXTURE_TIME_NS,
    cgroup: "/workspaces/jessie/main",
    program: undefined,
    raw: undefined,
    ...changes,
  };
}
