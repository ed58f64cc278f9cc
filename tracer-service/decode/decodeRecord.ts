import { constants, layout } from "../kernel/layout.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";
import { decodeExec } from "./decodeExec.ts";
import { execIdAt } from "./execId.ts";
import { halfWordAt } from "./halfWord.ts";
import { losslessText } from "./losslessText.ts";
import { scopeWay } from "./scopeWay.ts";
import type { KernelCgroupMade, KernelCgroupRemoved, KernelExit, KernelRecord } from "./kernelRecord.ts";
import { cgroupKeys } from "./repeatedLong.ts";

const head = layout.record;

/**
 * Decodes one record of the ring buffer. Throws an Error that says what is wrong with one that it can't make sense
 * of; whatever the bytes are, nothing outside of them is read.
 */
export function decodeRecord(memory: RecordMemory, offset: number, length: number): KernelRecord {
  if (length < head.size) throw new Error(`record of ${String(length)} bytes, shorter than its head`);
  const size = memory.words[offset >> 2] ?? 0;
  if (size !== length) throw new Error(`record of ${String(length)} bytes that says it has ${String(size)}`);
  const type = halfWordAt(memory, offset + head.type);
  switch (type) {
    case constants.RECORD_EXEC:
      need(length, layout.exec_record.size, "exec");
      return decodeExec(memory, offset, length);
    case constants.RECORD_EXIT:
      need(length, layout.exit_record.size, "exit");
      return decodeExit(memory, offset);
    case constants.RECORD_CGROUP_MADE:
      need(length, layout.cgroup_record.size, "cgroup");
      return decodeCgroupMade(memory, offset, length);
    case constants.RECORD_CGROUP_REMOVED:
      return decodeCgroupRemoved(memory, offset);
    default:
      throw new Error(`record of the unknown type ${String(type)}`);
  }
}

function need(length: number, size: number, what: string): void {
  if (length < size)
    throw new Error(`${what} record of ${String(length)} bytes instead of at least ${String(size)}`);
}

function decodeHead(memory: RecordMemory, offset: number) {
  const { words, longs } = memory;
  return {
    cpu: halfWordAt(memory, offset + head.cpu),
    cpuSeq: Number(longs[(offset + head.seq) >> 3]),
    timeNs: longs[(offset + head.time_ns) >> 3] ?? 0n,
    cgroupKey: longs[(offset + head.cgroup) >> 3] ?? 0n,
    owner: words[(offset + head.owner) >> 2] ?? 0,
  };
}

function decodeExit(memory: RecordMemory, offset: number): KernelExit {
  const { words, longs } = memory;
  const at = layout.exit_record;
  const timeNs = longs[(offset + head.time_ns) >> 3] ?? 0n;
  const pid = words[(offset + head.pid) >> 2] ?? 0;
  const startNs = longs[(offset + at.start_ns) >> 3] ?? 0n;
  const status = words[(offset + at.status) >> 2] ?? 0;
  const loginUid = words[(offset + at.login_uid) >> 2] ?? 0;
  const nsPid = words[(offset + at.ns_pid) >> 2];
  const nsLevel = words[(offset + at.ns_level) >> 2] ?? 0;
  const execNumber = words[(offset + at.exec_number) >> 2] ?? 0;
  // Of a process that found no place in the table; looked at by halves, which costs less than a BigInt.
  const execNsAt = (offset + at.exec_ns) >> 2;
  const isUnplaced = words[execNsAt] !== 0 || words[execNsAt + 1] !== 0;
  // As wait() gives it: the signal in the low 7 bits, then whether it dumped core, then the exit code.
  const signal = status & 0x7f;
  // Exits are as many as execs, and copying the head's fields from an object takes as long as all else here.
  return {
    type: "exit",
    cpu: halfWordAt(memory, offset + head.cpu),
    cpuSeq:
      (words[(offset + head.seq) >> 2] ?? 0) + (words[(offset + head.seq + 4) >> 2] ?? 0) * 0x1_0000_0000,
    timeNs,
    cgroupKey: cgroupKeys.read(memory, offset + head.cgroup),
    owner: words[(offset + head.owner) >> 2] ?? 0,
    id: execIdAt(
      pid,
      memory,
      offset + at.start_ns,
      isUnplaced ? `t${String(longs[execNsAt >> 1])}` : execNumber,
    ),
    hasEntered: !isUnplaced,
    via: scopeWay(words[(offset + at.via) >> 2]),
    pid,
    loginUid: loginUid === constants.NO_ID ? undefined : loginUid,
    nsLevel,
    exitCode: signal === 0 ? (status >> 8) & 0xff : undefined,
    signal: signal === 0 ? undefined : signal,
    coreDumped: (status & 0x80) !== 0,
    durationNs: timeNs - startNs,
    late: words[(offset + at.late) >> 2] !== 0,
    endedNamespace: nsPid === 1 && nsLevel > 0 ? words[(offset + at.pid_namespace) >> 2] : undefined,
  };
}

function decodeCgroupMade(memory: RecordMemory, offset: number, length: number): KernelCgroupMade {
  const { bytes, words, longs } = memory;
  const at = layout.cgroup_record;
  const nameBytes = words[(offset + at.name_bytes) >> 2] ?? 0;
  if (at.size + nameBytes !== length) {
    throw new Error(`cgroup record of ${String(length)} bytes with a name of ${String(nameBytes)}`);
  }
  return {
    type: "cgroupMade",
    ...decodeHead(memory, offset),
    parentKey: longs[(offset + at.parent) >> 3] ?? 0n,
    name: losslessText(bytes.subarray(offset + at.size, offset + length)),
    prefix: words[(offset + at.prefix) >> 2] ?? 0,
  };
}

function decodeCgroupRemoved(memory: RecordMemory, offset: number): KernelCgroupRemoved {
  return { type: "cgroupRemoved", ...decodeHead(memory, offset) };
}
