const START_MS = Date.UTC(2026, 10, 23, 12, 0, 0);
const USERS = 50;
const JOBS = 40;

/** `count` log lines from event number `first` on: builds of 50 users, an exec and its exit in turn, with few repeats. */
export function exampleBatch(first: number, count: number): string {
  let lines = "";
  for (let number = first; number < first + count; number++) {
    const exec = Math.floor(number / 2);
    lines += number % 2 === 0 ? execLine(exec) : exitLine(exec);
  }
  return lines;
}

/** Every fortieth exec is a make that the following hang under; makes hang under their user's first exec. */
function execLine(exec: number): string {
  const user = Math.floor(exec / JOBS) % USERS;
  const job = exec - (exec % JOBS);
  const isJob = exec === job;
  const shell = user * JOBS;
  const parent = isJob ? shell : job;
  const argv = isJob
    ? ["make", "-j8", `target-${String(exec)}`]
    : exec % 7 === 0
      ? ["sh", "-c", `test -f build/out${String(exec)}.o && echo done`]
      : [
          "cc",
          "-Wall",
          "-O2",
          "-Iinclude",
          "-c",
          `net/ipv4/socket${String(exec)}.c`,
          "-o",
          `build/out${String(exec)}.o`,
        ];
  const program = argv[0] ?? "";
  return `${JSON.stringify({
    ts: new Date(START_MS + exec / 10).toISOString(),
    level: "INFO",
    msg: "exec",
    caller: "tracer-service/output/logLine.ts",
    func: "LogLineFormatter.format",
    fields: {
      labels: labelsOf(user),
      cmdline: argv.join(" "),
      event: {
        filename: `/usr/bin/${program}`,
        argv,
        truncated: false,
        pid: pidOf(exec),
        uid: 101_000 + user,
        gid: 101_000 + user,
        comm: isJob ? "bash" : "make",
        seq: exec * 2 + 1,
        exec_id: idOf(exec),
        ...(parent === exec ? { lineage: "root" } : { parent_exec_id: idOf(parent), lineage: "known" }),
        exec_number: 1,
        tid: pidOf(exec),
        ppid: pidOf(parent),
        euid: 101_000 + user,
        egid: 101_000 + user,
        session_id: pidOf(shell),
        tty: "pts0",
        ns_pid: exec % 30_000,
        ns_uid: 1_000,
        ns_gid: 1_000,
        pid_namespace: 4_026_531_836,
        exe: `/usr/bin/${program}`,
        exe_device: "259:1",
        exe_inode: "1234567",
        cap_effective: "0000000000000000",
        cwd: `/home/coder/project${String(user)}`,
        cgroup: `/kubepods.slice/kubepods-burstable.slice/pod${String(user)}/cri-containerd-${"0123456789abcdef".repeat(4)}.scope`,
        cgroup_id: "123456",
        arg_count: argv.length,
        args_bytes: argv.join(" ").length,
      },
      attribution: "cgroup",
      node: "node-a",
      boot_id: "1c9e7a52-1111-2222-3333-444455556666",
    },
  })}\n`;
}

function exitLine(exec: number): string {
  const user = Math.floor(exec / JOBS) % USERS;
  return `${JSON.stringify({
    ts: new Date(START_MS + exec / 10 + 120).toISOString(),
    level: "INFO",
    msg: "exit",
    fields: {
      labels: labelsOf(user),
      event: {
        seq: exec * 2 + 2,
        exec_id: idOf(exec),
        pid: pidOf(exec),
        exit_code: exec % 97 === 5 ? 1 : 0,
        duration_ns: 80_000_000 + (exec % 1_000) * 10_000,
      },
      attribution: "cgroup",
      node: "node-a",
      boot_id: "1c9e7a52-1111-2222-3333-444455556666",
    },
  })}\n`;
}

function labelsOf(user: number): object {
  return {
    organization_id: "default",
    user_email: `user${String(user)}@example.test`,
    username: `user${String(user)}`,
    workspace_id: `5c2f${String(user)}`,
    workspace_name: "main",
  };
}

function pidOf(exec: number): number {
  return 1_000 + (exec % 4_000_000);
}

function idOf(exec: number): string {
  return `${String(pidOf(exec))}.${String(9_876_543_000_000 + exec * 100_000)}.1`;
}
