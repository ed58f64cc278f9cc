import { readFileSync } from "node:fs";

import type { ExecId, Labels, Lineage, PodPlace } from "../../protocol/events.ts";
import { splitAscii } from "../decode/decodeArguments.ts";
import { decodeText } from "../decode/decodeText.ts";
import { execId } from "../decode/execId.ts";
import type { IdentityProvider } from "../identity/identityProvider.ts";
import { constants, layout } from "../kernel/layout.ts";

/**
 * A process that ran already when tracing began. What it ran before is not known, and its arguments are what it
 * shows in /proc, which it may have changed: `snapshot` marks that.
 */
export interface SnapshotProcess {
  readonly snapshot: true;
  readonly id: ExecId;
  readonly lineage: Lineage;
  readonly parentId: ExecId | undefined;
  readonly pid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  readonly comm: string;
  /** Empty where /proc shows none, or another PID namespace's. */
  readonly argv: readonly string[];
  readonly labels: Labels;
  readonly cgroup: string | undefined;
  readonly pod?: PodPlace | undefined;
}

const at = layout.snapshot_record;
const LINEAGES: readonly Lineage[] = ["root", "known", "unknown"];

/** Decodes the snapshot iterator's records. `readArguments` reads a host pid's arguments from /proc. */
export function readSnapshot(
  records: Buffer,
  provider: IdentityProvider,
  readArguments: (pid: number) => readonly string[],
): SnapshotProcess[] {
  const processes: SnapshotProcess[] = [];
  for (let offset = 0; offset + at.size <= records.length; offset += at.size) {
    const word = (field: number): number => records.readUInt32LE(offset + field);
    const loginUid = word(at.login_uid);
    const attributed = provider.attribute({
      cgroupKey: records.readBigUInt64LE(offset + at.cgroup),
      owner: word(at.owner),
      loginUid: loginUid === constants.NO_ID ? undefined : loginUid,
    });
    if (attributed === "outside") continue;
    attributed.workspace?.enter(word(at.ns_level), true);
    const lineage = LINEAGES[word(at.lineage)] ?? "unknown";
    const parent = at.parent;
    const comm = records.subarray(offset + at.comm, offset + at.comm + 16);
    processes.push({
      snapshot: true,
      id: execId(word(at.pid), records.readBigUInt64LE(offset + at.start_ns), word(at.exec_number)),
      lineage,
      parentId:
        lineage === "known"
          ? execId(
              word(parent + layout.exec_ref.pid),
              records.readBigUInt64LE(offset + parent + layout.exec_ref.start_ns),
              word(parent + layout.exec_ref.exec_number),
            )
          : undefined,
      pid: word(at.pid),
      ppid: word(at.ppid),
      uid: word(at.uid),
      gid: word(at.gid),
      comm: decodeText(comm.subarray(0, comm.indexOf(0))).text,
      argv: readArguments(word(at.pid)),
      labels: attributed.workspace?.labels ?? {},
      cgroup: attributed.cgroup,
      pod: attributed.pod,
    });
  }
  return processes;
}

/** Arguments from /proc; empty for kernel threads and for processes that are gone. */
export function readProcArguments(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${String(pid)}/cmdline`, "utf8");
    return text === "" ? [] : splitAscii(text);
  } catch {
    return [];
  }
}
