/** What a test says of an exec; the rest is filled in. */
export interface ExecFacts {
  readonly id: string;
  readonly argv: readonly string[];
  readonly parent?: string;
  readonly atMs?: number;
  readonly username?: string;
  readonly workspace?: string;
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** When the tests' events begin. */
export const START_MS = Date.UTC(2026, 10, 23, 12, 4, 0);

/** The log line of an exec, with its newline. */
export function execLine(facts: ExecFacts): string {
  const [pid = "1", , number = "1"] = facts.id.split(".");
  const line = {
    ...head("INFO", "exec", facts.atMs ?? START_MS),
    fields: {
      labels: { username: facts.username ?? "jessie", workspace_name: facts.workspace ?? "main" },
      cmdline: facts.argv.join(" "),
      event: {
        filename: `/usr/bin/${facts.argv[0] ?? ""}`,
        argv: facts.argv,
        truncated: false,
        pid: Number(pid),
        uid: 101_000,
        gid: 101_000,
        comm: "bash",
        exec_id: facts.id,
        ...(facts.parent === undefined
          ? { lineage: "root" }
          : { parent_exec_id: facts.parent, lineage: "known" }),
        exec_number: Number(number),
        ppid: 1,
        ns_pid: 41,
        ns_uid: 1_000,
        exe: `/usr/bin/${facts.argv[0] ?? ""}`,
        cwd: "/home/coder/app",
        ...facts.extra,
      },
      node: "node-a",
    },
  };
  return `${JSON.stringify(line)}\n`;
}

/** The log line of an exit. */
export function exitLine(
  id: string,
  atMs: number,
  durationMs: number,
  end: Readonly<Record<string, unknown>>,
): string {
  const event = {
    exec_id: id,
    pid: Number(id.split(".")[0]),
    ...end,
    duration_ns: Math.round(durationMs * 1e6),
  };
  const labels = { username: "jessie", workspace_name: "main" };
  return `${JSON.stringify({ ...head("INFO", "exit", atMs), fields: { labels, event, node: "node-a" } })}\n`;
}

/** The log line of a loss that lasts from `atMs` on for 1.8 s. */
export function lostLine(count: number, atMs: number): string {
  const event = {
    kind: "exec",
    reason: "ring_full",
    count,
    first: new Date(atMs).toISOString(),
    last: new Date(atMs + 1_800).toISOString(),
  };
  const labels = { username: "jessie", workspace_name: "main" };
  return `${JSON.stringify({ ...head("WARN", "lost", atMs), fields: { labels, event, node: "node-a" } })}\n`;
}

function head(level: string, msg: string, atMs: number): object {
  return { ts: new Date(atMs).toISOString(), level, msg };
}
