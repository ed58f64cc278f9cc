import fc from "fast-check";
import type { ExecEvent } from "../../../../protocol/events.ts";
import { decodeArguments } from "../../../../tracer-service/decode/decodeArguments.ts";
import { decodeText } from "../../../../tracer-service/decode/decodeText.ts";
import { fixtureExec } from "./fixtureEvents.ts";

const KERNEL_ARGS_BYTES = 32_768;
const U32 = 0xffff_ffff;
const U64 = 0xffff_ffff_ffff_ffffn;

/** Everything of an exec that is not text, as long as it can be. */
const LONGEST: Partial<ExecEvent> = {
  seq: Number.MAX_SAFE_INTEGER,
  id: `${String(U32)}.${String(U64)}.t${String(U64)}`,
  parentId: `${String(U32)}.${String(U64)}.${String(U32)}`,
  attribution: "loginuid",
  lineage: "unknown",
  execNumber: U32,
  pid: U32,
  tid: U32,
  ppid: U32,
  uid: U32,
  gid: U32,
  euid: U32,
  egid: U32,
  loginUid: U32,
  auditSession: U32,
  sessionId: U32,
  nsPid: U32,
  nsUid: U32,
  nsGid: U32,
  pidNamespace: U32,
  nested: true,
  exeTruncated: true,
  exeOutsideRoot: true,
  exeDevice: "4095:1048575",
  exeInode: U64,
  image: "deleted",
  gained: ["setuid", "setgid", "file_capabilities"],
  capEffective: U64,
  cwdTruncated: true,
  cwdOutsideRoot: true,
  cwdDeleted: true,
  cgroupId: U64,
};

/** Bytes as latin1 text: runs of what is hostile to JSON, to a shell, to a terminal or to UTF-8. */
function hostileBytes(maxRun: number): fc.Arbitrary<string> {
  const unit = fc.constantFrom("a", "'", '"', "\x01", "\x80", "é", "🦀", "…", "\u202e", " ");
  const bytes = fc.oneof(
    unit.map((text) => Buffer.from(text).toString("latin1")),
    fc.constant("\xff"),
  );
  return fc
    .array(fc.tuple(bytes, fc.integer({ min: 1, max: maxRun })), { minLength: 1, maxLength: 4 })
    .map((runs) => runs.map(([text, times]) => text.repeat(times)).join(""));
}

/** Execs as the decoder makes them, with arguments of up to 100 KB, and paths and labels of any length. */
export function anyExec(): fc.Arbitrary<ExecEvent> {
  const short = fc.array(hostileBytes(3), { minLength: 1, maxLength: 200 });
  const args = fc
    .tuple(short, hostileBytes(9_000), short)
    .map(([before, long, after]) => Buffer.from([...before, long, ...after, ""].join("\0"), "latin1"));
  const path = hostileBytes(800).map((bytes) => decodeText(Buffer.from(bytes.slice(0, 4096), "latin1")));
  const name = fc.string({ unit: "binary" });
  const labels = fc.dictionary(name, fc.string({ unit: "binary", maxLength: 400 }), { maxKeys: 8 });
  const texts = fc.tuple(path, path, path, path, path, path);
  return fc
    .tuple(args, labels, texts)
    .map(([args, labels, [filename, exe, interpreter, cwd, cgroup, tty]]) => {
      const kernelCut = args.length > KERNEL_ARGS_BYTES;
      const { argv, raw, cut } = decodeArguments(
        kernelCut ? args.subarray(0, KERNEL_ARGS_BYTES / 2) : args,
        kernelCut ? args.subarray(args.length - KERNEL_ARGS_BYTES / 2) : Buffer.alloc(0),
        args.length,
      );
      const raws = Object.entries({ filename, exe, interpreter, cwd, cgroup, tty })
        .filter(([, text]) => text.raw !== undefined)
        .map(([field, text]) => [field, text.raw] as const);
      return fixtureExec({
        ...LONGEST,
        labels,
        comm: "\x01".repeat(15),
        filename: filename.text,
        exe: exe.text,
        interpreter: interpreter.text,
        cwd: cwd.text,
        cgroup: cgroup.text,
        tty: tty.text,
        argv,
        cut,
        truncated: kernelCut,
        argsBytes: args.length,
        raw: { ...Object.fromEntries(raws), ...(raw === undefined ? {} : { argv: raw }) },
      });
    });
}
