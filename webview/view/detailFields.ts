import type { RecordedExec } from "../../protocol/recordedEvent.ts";
import type { ExecRow } from "../worker/workerMessages.ts";
import { formatDuration, formatFullTime } from "./timeText.ts";
import { t } from "../../protocol/text/translate.ts";

/** A name and a value of the details; the value is hostile. */
export interface DetailField {
  readonly name: string;
  readonly value: string;
}

/** The facts of an exec that people ask for first, in their order; those that are not known are left out. */
export function detailFields(exec: RecordedExec, row: ExecRow): readonly DetailField[] {
  const fields: readonly (readonly [string, string | undefined])[] = [
    [t("Started"), formatFullTime(row.startMs)],
    [t("Ended"), ending(row)],
    [t("Workspace"), place(row)],
    [
      t("Container"),
      exec.nested
        ? row.container === undefined
          ? t("nested")
          : t("nested: {0}", row.container)
        : row.container,
    ],
    [t("File"), exec.exe ?? exec.filename],
    [t("Called as"), exec.exe === undefined || exec.exe === exec.filename ? undefined : exec.filename],
    [t("Interpreter"), exec.interpreter],
    [t("Directory"), exec.cwd],
    [t("User"), userText(exec)],
    [t("Login user"), exec.loginUid === undefined ? undefined : t("uid {0}", exec.loginUid)],
    [t("PID"), pidText(exec)],
    [t("Called by"), exec.comm],
    [t("Terminal"), exec.tty],
    [t("Gained"), exec.gained.length === 0 ? undefined : exec.gained.join(", ")],
    [t("Cgroup"), exec.cgroup],
    [t("Told by"), sourceText(row.source)],
  ];
  return fields.flatMap(([name, value]) => (value === undefined || value === "" ? [] : [{ name, value }]));
}

function ending(row: ExecRow): string | undefined {
  const how = endedBy(row);
  const after = row.durationMs === undefined ? undefined : formatDuration(row.durationMs);
  if (how === undefined && after === undefined) return row.running ? t("still running") : undefined;
  if (how === undefined) return t("after {0}, became another program", after ?? "");
  if (after === undefined) return how;
  return row.endedEarlier ? t("after {0} or less, {1}", after, how) : t("after {0}, {1}", after, how);
}

function endedBy({ signalName, coreDumped, exitCode }: ExecRow): string | undefined {
  if (signalName !== undefined) return coreDumped ? t("{0}, core dumped", signalName) : signalName;
  return exitCode === undefined ? undefined : t("exit {0}", exitCode);
}

function place(row: ExecRow): string {
  const [user, workspace] = [row.username, row.workspace].map((name) => (name === "" ? t("unknown") : name));
  const where = `${user ?? ""} / ${workspace ?? ""}`;
  return row.node === undefined ? where : t("{0} on {1}", where, row.node);
}

function userText({ uid, nsUid, euid }: RecordedExec): string {
  return [
    ...(nsUid === undefined || nsUid === uid ? [] : [t("uid {0} inside", nsUid)]),
    t("uid {0} on the host", uid),
    ...(euid === undefined || euid === uid ? [] : [t("runs with the rights of uid {0}", euid)]),
  ].join(" · ");
}

function pidText({ pid, nsPid, ppid }: RecordedExec): string {
  return [
    ...(nsPid === undefined || nsPid === pid ? [] : [t("{0} inside", nsPid)]),
    t("{0} on the host", pid),
    ...(ppid === undefined ? [] : [t("parent {0}", ppid)]),
  ].join(" · ");
}

function sourceText(source: ExecRow["source"]): string {
  switch (source) {
    case "kernel":
      return t("the kernel");
    case "sidecar":
      return t("a sidecar's log");
    case "file":
      return t("a file");
  }
}
