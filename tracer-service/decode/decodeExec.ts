import type { Lineage, PrivilegeGain } from "../../protocol/events.ts";
import { constants, layout } from "../kernel/layout.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";
import { decodeArguments, splitAscii } from "./decodeArguments.ts";
import { decodePath } from "./decodePath.ts";
import { decodeText } from "./decodeText.ts";
import { execId } from "./execId.ts";
import type { KernelExec } from "./kernelRecord.ts";

const at = layout.exec_record;
const head = layout.record;
const ref = layout.exec_ref;
const COMM_BYTES = 16;
const HAS_NON_ASCII = /[^\0-\x7f]/;
const NOTHING = Buffer.alloc(0);

const LINEAGES: readonly Lineage[] = ["root", "known", "unknown"];

const NO_GAINS: readonly PrivilegeGain[] = [];

/** Decodes an exec record. Throws when the record contradicts itself. */
export function decodeExec(memory: RecordMemory, offset: number, length: number): KernelExec {
  const { bytes, words, longs } = memory;
  const word = offset >> 2;
  const long = offset >> 3;
  const flags = words[word + at.flags / 4] ?? 0;
  const filenameBytes = bytes.readUInt16LE(offset + at.filename_bytes);
  const exeBytes = bytes.readUInt16LE(offset + at.exe_bytes);
  const interpreterBytes = bytes.readUInt16LE(offset + at.interpreter_bytes);
  const cwdBytes = bytes.readUInt16LE(offset + at.cwd_bytes);
  const headBytes = words[word + at.args_head_bytes / 4] ?? 0;
  const tailBytes = words[word + at.args_tail_bytes / 4] ?? 0;
  const argsBytes = words[word + at.args_bytes / 4] ?? 0;

  // Positions in the text that begins with comm; comm and tty have fixed places.
  const filenameAt = at.size - at.comm;
  const exeAt = filenameAt + filenameBytes;
  const interpreterAt = exeAt + exeBytes;
  const cwdAt = interpreterAt + interpreterBytes;
  const headAt = cwdAt + cwdBytes;
  const tailAt = headAt + headBytes;
  const end = tailAt + tailBytes;
  if (at.comm + end !== length) {
    throw new Error(`exec record of ${String(length)} bytes whose parts make ${String(at.comm + end)}`);
  }

  const textStart = offset + at.comm;
  // One call for all text: each crossing into native code costs more than what is cut out of it afterwards.
  const text = bytes.toString("latin1", textStart, textStart + end);
  const ascii = !HAS_NON_ASCII.test(text);
  const raw: Record<string, string | (string | null)[]> = {};
  const field = (name: string, from: number, to: number): string => {
    if (ascii) return text.substring(from, to);
    const decoded = decodeText(bytes.subarray(textStart + from, textStart + to));
    if (decoded.raw !== undefined) raw[name] = decoded.raw;
    return decoded.text;
  };
  const fixed = (name: string, from: number): string => {
    const stop = text.indexOf("\0", from);
    return field(name, from, stop < 0 || stop > from + COMM_BYTES ? from + COMM_BYTES : stop);
  };

  const exeTruncated = (flags & constants.EXEC_EXE_TRUNCATED) !== 0;
  const cwdTruncated = (flags & constants.EXEC_CWD_TRUNCATED) !== 0;
  const memfd = (flags & constants.EXEC_MEMFD) !== 0;
  const path = (name: string, from: number, to: number, inDirectory: boolean, walkEnded: boolean): string => {
    const latin1 = decodePath(text.substring(from, to), inDirectory);
    let found = latin1;
    if (!ascii) {
      const decoded = decodeText(Buffer.from(latin1, "latin1"));
      if (decoded.raw !== undefined) raw[name] = decoded.raw;
      found = decoded.text;
    }
    return walkEnded ? `…${found}` : found;
  };
  const exe = path("exe", exeAt, interpreterAt, !memfd, exeTruncated);
  const cwd = path("cwd", cwdAt, headAt, true, cwdTruncated);
  const args =
    ascii && tailBytes === 0
      ? { argv: splitAscii(text.substring(headAt, tailAt)), raw: undefined, cut: undefined }
      : decodeArguments(
          bytes.subarray(textStart + headAt, textStart + tailAt),
          tailBytes === 0 ? NOTHING : bytes.subarray(textStart + tailAt, textStart + end),
          argsBytes,
        );
  if (args.raw !== undefined) raw["argv"] = args.raw;
  const comm = fixed("comm", 0);
  const filename = field("filename", filenameAt, exeAt);
  const interpreter = interpreterBytes === 0 ? undefined : field("interpreter", interpreterAt, cwdAt);
  const tty = words[word + at.tty / 4] === 0 ? undefined : fixed("tty", at.tty - at.comm);

  const pid = words[word + head.pid / 4] ?? 0;
  const startNs = longs[long + at.start_ns / 8] ?? 0n;
  const timeNs = longs[long + head.time_ns / 8] ?? 0n;
  const execNumber = words[word + at.exec_number / 4] ?? 0;
  const lineage = LINEAGES[words[word + at.lineage / 4] ?? 0] ?? "unknown";
  const parent = word + at.parent / 4;
  const device = words[word + at.device / 4] ?? 0;
  const loginUid = words[word + at.login_uid / 4] ?? 0;
  const auditSession = words[word + at.audit_session / 4] ?? 0;
  const nsUid = words[word + at.ns_uid / 4] ?? 0;
  const nsGid = words[word + at.ns_gid / 4] ?? 0;

  return {
    type: "exec",
    cpu: bytes.readUInt16LE(offset + head.cpu),
    cpuSeq: Number(longs[long + head.seq / 8]),
    timeNs,
    cgroupKey: longs[long + head.cgroup / 8] ?? 0n,
    owner: words[word + head.owner / 4] ?? 0,
    // A process that found no place in the table has no exec number; its time tells its execs apart.
    id: execId(pid, startNs, flags & constants.EXEC_NUMBER_UNKNOWN ? `t${String(timeNs)}` : execNumber),
    lineage,
    parentId:
      lineage === "known"
        ? execId(
            words[parent + ref.pid / 4] ?? 0,
            longs[long + (at.parent + ref.start_ns) / 8] ?? 0n,
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
    tty,
    nsLevel: words[word + at.ns_level / 4] ?? 0,
    nsPid: words[word + at.ns_pid / 4] ?? 0,
    nsUid: nsUid === constants.NO_ID ? undefined : nsUid,
    nsGid: nsGid === constants.NO_ID ? undefined : nsGid,
    pidNamespace: words[word + at.pid_namespace / 4] ?? 0,
    comm,
    filename,
    exe,
    exeTruncated,
    // Inside the kernel a device number has 12 bits of major and 20 of minor (include/linux/kdev_t.h).
    exeDevice: `${String(device >>> 20)}:${String(device & 0xfffff)}`,
    exeInode: longs[long + at.inode / 8] ?? 0n,
    interpreter,
    image: memfd ? "memfd" : flags & constants.EXEC_DELETED ? "deleted" : undefined,
    gained: flags & constants.EXEC_SECURE ? privilegeGains(flags) : NO_GAINS,
    capEffective: longs[long + at.cap_effective / 8] ?? 0n,
    cwd,
    cwdTruncated,
    cwdDeleted: (flags & constants.EXEC_CWD_DELETED) !== 0,
    argv: args.argv,
    truncated: tailBytes > 0 || (flags & constants.EXEC_ARGS_UNREADABLE) !== 0,
    cut: args.cut,
    argCount: words[word + at.arg_count / 4] ?? 0,
    argsBytes,
    raw: ascii || isEmpty(raw) ? undefined : raw,
  };
}

function privilegeGains(flags: number): readonly PrivilegeGain[] {
  const gains: PrivilegeGain[] = [];
  if (flags & constants.EXEC_SETUID) gains.push("setuid");
  if (flags & constants.EXEC_SETGID) gains.push("setgid");
  if (flags & constants.EXEC_FILE_CAPABILITIES) gains.push("file_capabilities");
  if (gains.length === 0) gains.push("other");
  return gains;
}

function isEmpty(record: object): boolean {
  for (const key in record) if (Object.hasOwn(record, key)) return false;
  return true;
}
