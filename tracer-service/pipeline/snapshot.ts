import { readFileSync } from "node:fs";

import type { ExecId, Labels, Lineage, PodPlace, RawBytes } from "../../protocol/events.ts";
import { decodeArguments } from "../decode/decodeArguments.ts";
import { decodeText } from "../decode/decodeText.ts";
import { execId } from "../decode/execId.ts";
import { showLossless } from "../decode/losslessText.ts";
import { scopeWay } from "../decode/scopeWay.ts";
import { withRaw } from "../decode/withRaw.ts";
import type { Attributed, Whereabouts } from "../identity/identityProvider.ts";
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
  readonly raw?: RawBytes | undefined;
}

/** The arguments of a process that runs. */
export interface ProcArguments {
  readonly argv: readonly string[];
  readonly raw: RawBytes["argv"];
}

/** Of kernel threads, and of processes that are gone or can't be seen. */
export const NO_ARGUMENTS: ProcArguments = { argv: [], raw: undefined };
const NOTHING = Buffer.alloc(0);

const at = layout.snapshot_record;
const LINEAGES: readonly Lineage[] = ["root", "known", "unknown"];

/** A process of the snapshot before it is known whose it is. */
export interface RunningProcess {
  readonly whereabouts: Whereabouts;
  /** Makes it a process of what it was attributed to. */
  readonly as: (attributed: Attributed) => SnapshotProcess;
}

/** Decodes the snapshot iterator's records. `readArguments` reads a host pid's arguments from /proc. */
export function readSnapshot(
  records: Buffer,
  readArguments: (pid: number) => ProcArguments,
): RunningProcess[] {
  const processes: RunningProcess[] = [];
  for (let offset = 0; offset + at.size <= records.length; offset += at.size) {
    processes.push(readProcess(records, offset, readArguments));
  }
  return processes;
}

function readProcess(
  records: Buffer,
  offset: number,
  readArguments: (pid: number) => ProcArguments,
): RunningProcess {
  const word = (field: number): number => records.readUInt32LE(offset + field);
  const loginUid = word(at.login_uid);
  const nsLevel = word(at.ns_level);
  const lineage = LINEAGES[word(at.lineage)] ?? "unknown";
  const comm = records.subarray(offset + at.comm, offset + at.comm + 16);
  const name = decodeText(comm.subarray(0, comm.indexOf(0)));
  // Now: by the time that it is known whose it is, the pid may be another's.
  const { argv, raw } = readArguments(word(at.pid));
  const process = {
    snapshot: true,
    id: execId(word(at.pid), records.readBigUInt64LE(offset + at.start_ns), word(at.exec_number)),
    lineage,
    parentId: lineage === "known" ? parentOf(records, offset) : undefined,
    pid: word(at.pid),
    ppid: word(at.ppid),
    uid: word(at.uid),
    gid: word(at.gid),
    comm: name.text,
    argv,
  } as const;
  return {
    whereabouts: {
      cgroupKey: records.readBigUInt64LE(offset + at.cgroup),
      owner: word(at.owner),
      loginUid: loginUid === constants.NO_ID ? undefined : loginUid,
      via: scopeWay(word(at.via)),
    },
    as: ({ workspace, cgroup, pod }) => {
      workspace?.enter(nsLevel, true);
      const labels = workspace?.labels ?? {};
      const path = showLossless(cgroup);
      const shown = withRaw(raw && { argv: raw }, { comm: name, cgroup: path });
      return { ...process, labels, cgroup: path?.text, pod, raw: shown };
    },
  };
}

function parentOf(records: Buffer, offset: number): ExecId {
  const parent = offset + at.parent;
  return execId(
    records.readUInt32LE(parent + layout.exec_ref.pid),
    records.readBigUInt64LE(parent + layout.exec_ref.start_ns),
    records.readUInt32LE(parent + layout.exec_ref.exec_number),
  );
}

/** Arguments from /proc; none for kernel threads and for processes that are gone. */
export function readProcArguments(pid: number): ProcArguments {
  try {
    const bytes = readFileSync(`/proc/${String(pid)}/cmdline`);
    return bytes.length === 0 ? NO_ARGUMENTS : decodeArguments(bytes, NOTHING, bytes.length);
  } catch {
    return NO_ARGUMENTS;
  }
}
