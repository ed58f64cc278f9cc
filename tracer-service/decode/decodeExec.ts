import type { Lineage, PrivilegeGain, RawBytes } from "../../protocol/events.ts";
import { constants, layout } from "../kernel/layout.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";
import { decodeArguments, splitArguments, type DecodedArguments } from "./decodeArguments.ts";
import { execIdAt } from "./execId.ts";
import { ExecTextDecoder } from "./execTexts.ts";
import { halfWordAt } from "./halfWord.ts";
import type { KernelExec } from "./kernelRecord.ts";
import { cgroupKeys, RepeatedLong } from "./repeatedLong.ts";
import { scopeWay } from "./scopeWay.ts";

const at = layout.exec_record;
const head = layout.record;
const ref = layout.exec_ref;
const HAS_NON_ASCII = /[^\0-\x7f]/;
const NOTHING = Buffer.alloc(0);

const LINEAGES: readonly Lineage[] = ["root", "known", "unknown"];

const NO_GAINS: readonly PrivilegeGain[] = [];

// What these remember changes nothing but how long it takes.
const textDecoder = new ExecTextDecoder();
const origins = new RepeatedLong();
const inodes = new RepeatedLong();
const capabilities = new RepeatedLong();
const devices = { number: 0, text: "0:0" };

/** Decodes an exec record. Throws when the record contradicts itself. */
export function decodeExec(memory: RecordMemory, offset: number, length: number): KernelExec {
  const { bytes, words, longs } = memory;
  const word = offset >> 2;
  const long = offset >> 3;
  const flags = words[word + at.flags / 4] ?? 0;
  // Two lengths a word.
  const lengths = words[word + at.filename_bytes / 4] ?? 0;
  const moreLengths = words[word + at.interpreter_bytes / 4] ?? 0;
  const headBytes = words[word + at.args_head_bytes / 4] ?? 0;
  const tailBytes = words[word + at.args_tail_bytes / 4] ?? 0;
  const argsBytes = words[word + at.args_bytes / 4] ?? 0;

  const textBytes = (lengths & 0xffff) + (lengths >>> 16) + (moreLengths & 0xffff) + (moreLengths >>> 16);
  const headAt = at.size + textBytes;
  const end = headAt + headBytes + tailBytes;
  if (end !== length) {
    throw new Error(`exec record of ${String(length)} bytes whose parts make ${String(end)}`);
  }
  const texts = textDecoder.decode(memory, offset, offset + headAt, flags);
  const argsUnreadable = (flags & constants.EXEC_ARGS_UNREADABLE) !== 0;
  const args = argsUnreadable
    ? readableArguments(bytes.subarray(offset + headAt, offset + end), headBytes, argsBytes)
    : argumentsAt(memory, offset + headAt, headBytes, tailBytes, argsBytes);

  const pid = words[word + head.pid / 4] ?? 0;
  const timeNs = longs[long + head.time_ns / 8] ?? 0n;
  const execNumber = words[word + at.exec_number / 4] ?? 0;
  const lineage = LINEAGES[words[word + at.lineage / 4] ?? 0] ?? "unknown";
  const parent = word + at.parent / 4;
  const loginUid = words[word + at.login_uid / 4] ?? 0;
  const auditSession = words[word + at.audit_session / 4] ?? 0;
  const nsUid = words[word + at.ns_uid / 4] ?? 0;
  const nsGid = words[word + at.ns_gid / 4] ?? 0;

  return {
    type: "exec",
    cpu: halfWordAt(memory, offset + head.cpu),
    cpuSeq: (words[word + head.seq / 4] ?? 0) + (words[word + head.seq / 4 + 1] ?? 0) * 0x1_0000_0000,
    timeNs,
    cgroupKey: cgroupKeys.read(memory, offset + head.cgroup),
    owner: words[word + head.owner / 4] ?? 0,
    via: scopeWay(words[word + at.via / 4]),
    origin: origins.read(memory, offset + at.origin),
    // A process that found no place in the table has no exec number; its time tells its execs apart.
    id: execIdAt(
      pid,
      memory,
      offset + at.start_ns,
      flags & constants.EXEC_NUMBER_UNKNOWN ? `t${String(timeNs)}` : execNumber,
    ),
    lineage,
    parentId:
      lineage === "known"
        ? execIdAt(
            words[parent + ref.pid / 4] ?? 0,
            memory,
            offset + at.parent + ref.start_ns,
            words[parent + ref.exec_number / 4] ?? 0,
          )
        : undefined,
    execNumber,
    pid,
    tid: words[word + at.tid / 4] ?? 0,
    ppid: words[word + at.ppid / 4] ?? 0,
    uid: words[word + at.uid / 4] ?? 0,
    gid: words[word + at.gid / 4] ?? 0,
    euid: words[word + at.euid / 4] ?? 0,
    egid: words[word + at.egid / 4] ?? 0,
    loginUid: loginUid === constants.NO_ID ? undefined : loginUid,
    auditSession: auditSession === constants.NO_ID ? undefined : auditSession,
    sessionId: words[word + at.session_id / 4] ?? 0,
    tty: texts.tty,
    nsLevel: words[word + at.ns_level / 4] ?? 0,
    nsPid: words[word + at.ns_pid / 4] ?? 0,
    nsUid: nsUid === constants.NO_ID ? undefined : nsUid,
    nsGid: nsGid === constants.NO_ID ? undefined : nsGid,
    pidNamespace: words[word + at.pid_namespace / 4] ?? 0,
    comm: texts.comm,
    filename: texts.filename,
    exe: texts.exe,
    exeTruncated: (flags & constants.EXEC_EXE_TRUNCATED) !== 0,
    exeOutsideRoot: (flags & constants.EXEC_EXE_OUTSIDE_ROOT) !== 0,
    exeDevice: deviceText(words[word + at.device / 4] ?? 0),
    exeInode: inodes.read(memory, offset + at.inode),
    interpreter: texts.interpreter,
    image: flags & constants.EXEC_MEMFD ? "memfd" : flags & constants.EXEC_DELETED ? "deleted" : undefined,
    gained: flags & constants.EXEC_SECURE ? privilegeGains(flags) : NO_GAINS,
    capEffective: capabilities.read(memory, offset + at.cap_effective),
    cwd: texts.cwd,
    cwdTruncated: (flags & constants.EXEC_CWD_TRUNCATED) !== 0,
    cwdOutsideRoot: (flags & constants.EXEC_CWD_OUTSIDE_ROOT) !== 0,
    cwdDeleted: (flags & constants.EXEC_CWD_DELETED) !== 0,
    argv: args.argv,
    truncated: tailBytes > 0 || argsUnreadable,
    cut: args.cut,
    argsUnreadable,
    argCount: words[word + at.arg_count / 4] ?? 0,
    argsBytes,
    raw: rawOf(texts.raw, args.raw),
  };
}

/** Of each part that could not be read the kernel left zeros: they are no empty arguments. */
function readableArguments(kept: Buffer, headBytes: number, totalBytes: number): DecodedArguments {
  const head = kept.subarray(0, headBytes);
  const tail = kept.subarray(headBytes);
  if (tail.some(Boolean)) return decodeArguments(head.some(Boolean) ? head : NOTHING, tail, totalBytes);
  if (!head.some(Boolean)) return { argv: [], raw: undefined, cut: undefined };
  // Cut behind the head: as if a last NUL had been read.
  return decodeArguments(head, Buffer.alloc(1), totalBytes + 1);
}

function argumentsAt(
  { bytes }: RecordMemory,
  start: number,
  headBytes: number,
  tailBytes: number,
  totalBytes: number,
): DecodedArguments {
  if (tailBytes === 0) {
    const text = bytes.toString("latin1", start, start + headBytes);
    if (!HAS_NON_ASCII.test(text)) return { argv: splitArguments(text), raw: undefined, cut: undefined };
  }
  const tailAt = start + headBytes;
  const tail = tailBytes === 0 ? NOTHING : bytes.subarray(tailAt, tailAt + tailBytes);
  return decodeArguments(bytes.subarray(start, tailAt), tail, totalBytes);
}

/** Inside the kernel a device number has 12 bits of major and 20 of minor (include/linux/kdev_t.h). */
function deviceText(device: number): string {
  if (device !== devices.number) {
    devices.number = device;
    devices.text = `${String(device >>> 20)}:${String(device & 0xfffff)}`;
  }
  return devices.text;
}

function rawOf(texts: RawBytes | undefined, argv: DecodedArguments["raw"]): RawBytes | undefined {
  return argv === undefined ? texts : { ...texts, argv };
}

function privilegeGains(flags: number): readonly PrivilegeGain[] {
  const gains: PrivilegeGain[] = [];
  if (flags & constants.EXEC_SETUID) gains.push("setuid");
  if (flags & constants.EXEC_SETGID) gains.push("setgid");
  if (flags & constants.EXEC_FILE_CAPABILITIES) gains.push("file_capabilities");
  if (gains.length === 0) gains.push("other");
  return gains;
}
