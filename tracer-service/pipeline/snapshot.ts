import type { ExecId, Labels, Lineage, PodPlace, RawBytes } from "../../protocol/events.ts";
import { decodeArguments } from "../decode/decodeArguments.ts";
import { decodeText } from "../decode/decodeText.ts";
import { execId } from "../decode/execId.ts";
import { showLossless } from "../decode/losslessText.ts";
import { scopeWay } from "../decode/scopeWay.ts";
import { withRaw } from "../decode/withRaw.ts";
import type { Attributed, Whereabouts } from "../identity/identityProvider.ts";
import { constants, layout } from "../kernel/layout.ts";
import type { StartedProcess } from "../proc/commandLines.ts";

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
const NO_ARGUMENTS: ProcArguments = { argv: [], raw: undefined };
const NOTHING = Buffer.alloc(0);
/** The end of arguments that were cut. */
const CUT = Buffer.alloc(1);
/**
 * What is read of all processes together. Anybody can have /proc show terabytes of arguments that take no memory (a process may say
 * where its arguments lie, proc(5)), and as many empty ones as bytes; each process has the same part.
 */
const ARGUMENT_BYTES = 8 * 1024 * 1024;
/** And of one alone: as much as is whole of an exec's. */
const PROCESS_ARGUMENT_BYTES = 32 * 1024;

const at = layout.snapshot_record;
const LINEAGES: readonly Lineage[] = ["root", "known", "unknown"];

/** A process of the snapshot before it is known whose it is. */
export interface RunningProcess {
  readonly whereabouts: Whereabouts;
  /** Makes it a process of what it was attributed to. */
  readonly as: (attributed: Attributed) => SnapshotProcess;
}

/** Reads what processes show as their arguments in /proc, of each so many bytes at most; by host pid. */
export type ReadCommandLines = (
  processes: readonly StartedProcess[],
  maxBytes: number,
) => ReadonlyMap<number, Buffer>;

/** Decodes the snapshot iterator's records. `redact` takes secrets out of arguments. */
export function readSnapshot(
  records: Buffer,
  readLines: ReadCommandLines,
  redact: (found: ProcArguments) => ProcArguments = (found) => found,
): RunningProcess[] {
  const processes: RunningProcess[] = [];
  const started: StartedProcess[] = [];
  const part = Math.floor((ARGUMENT_BYTES * at.size) / Math.max(at.size, records.length));
  const maxBytes = Math.min(part, PROCESS_ARGUMENT_BYTES);
  for (let offset = 0; offset + at.size <= records.length; offset += at.size)
    started.push({
      pid: records.readUInt32LE(offset + at.pid),
      startNs: records.readBigUInt64LE(offset + at.start_ns),
    });
  if (started.length === 0) return processes;
  // Now: by the time that it is known whose they are, many have ended. One byte more, to tell what is cut.
  const lines = readLines(started, maxBytes + 1);
  for (const [index, { pid }] of started.entries()) {
    const found = redact(decodeCommandLine(lines.get(pid) ?? NOTHING, maxBytes));
    processes.push(readProcess(records, index * at.size, found));
  }
  return processes;
}

function readProcess(records: Buffer, offset: number, { argv, raw }: ProcArguments): RunningProcess {
  const word = (field: number): number => records.readUInt32LE(offset + field);
  const loginUid = word(at.login_uid);
  const nsLevel = word(at.ns_level);
  const lineage = LINEAGES[word(at.lineage)] ?? "unknown";
  const comm = records.subarray(offset + at.comm, offset + at.comm + 16);
  const name = decodeText(comm.subarray(0, comm.indexOf(0)));
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

/** Of longer ones the head; none for kernel threads and for processes that are gone. */
function decodeCommandLine(bytes: Buffer, maxBytes: number): ProcArguments {
  if (bytes.length === 0) return NO_ARGUMENTS;
  return bytes.length > maxBytes
    ? decodeArguments(bytes.subarray(0, maxBytes), CUT, bytes.length)
    : decodeArguments(bytes, NOTHING, bytes.length);
}
