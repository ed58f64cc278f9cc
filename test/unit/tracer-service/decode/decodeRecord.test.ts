import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { decodeRecord } from "../../../../tracer-service/decode/decodeRecord.ts";
import type { KernelExec, KernelRecord } from "../../../../tracer-service/decode/kernelRecord.ts";
import { constants, layout } from "../../../../tracer-service/kernel/layout.ts";
import { encodeExec, encodePath, encodeRecord, encodeStruct, placeRecord } from "./fixtureRecords.ts";

const OFFSET = 64;
const head = {
  cpu: 3,
  seq: 0x1_0000_0029n,
  time_ns: 5_000_000_000n,
  cgroup: (8n << 48n) | 77n,
  owner: 9,
  pid: 1234,
};
const decodedHead = {
  cpu: 3,
  cpuSeq: 0x1_0000_0029,
  timeNs: 5_000_000_000n,
  cgroupKey: (8n << 48n) | 77n,
  owner: 9,
};

function decode(record: Buffer): KernelRecord {
  return decodeRecord(placeRecord(record, OFFSET), OFFSET, record.length);
}

function decodeExecOf(record: Buffer): KernelExec {
  const decoded = decode(record);
  if (decoded.type !== "exec") throw new Error(`it is a record of type ${decoded.type}`);
  return decoded;
}

describe("decodeRecord of an exec", () => {
  const strings = {
    filename: Buffer.from("./script"),
    exe: encodePath("/usr/bin/env"),
    interpreter: Buffer.from("/usr/bin/env"),
    cwd: encodePath("/home/jessie"),
    head: Buffer.from("/usr/bin/env\0bash\0\0./script\0"),
  };
  const fields = {
    ...head,
    start_ns: 4_000_000_000n,
    parent: encodeStruct("exec_ref", { start_ns: 3_000_000_000n, pid: 1200, exec_number: 7 }),
    exec_number: 2,
    lineage: constants.LINEAGE_KNOWN,
    tid: 1235,
    ppid: 1199,
    uid: 101_000,
    gid: 101_001,
    euid: 6,
    egid: 5,
    login_uid: 1000,
    audit_session: 12,
    session_id: 1100,
    ns_level: 1,
    ns_pid: 17,
    ns_uid: 1000,
    ns_gid: 1001,
    pid_namespace: 4_026_532_000,
    cap_effective: 0x1ff_ffff_ffffn,
    origin: 4711n,
    via: constants.VIA_LINEAGE,
    inode: 0xffff_ffff_ffff_ffffn,
    device: (254 << 20) | 0x1_2345,
    flags: constants.EXEC_SCRIPT | constants.EXEC_SECURE | constants.EXEC_SETUID,
    arg_count: 4,
    comm: Buffer.from("bash\0"),
    tty: Buffer.from("pts12\0"),
  };

  it("reads every field", () => {
    expect(decode(encodeExec(strings, fields))).toEqual({
      type: "exec",
      ...decodedHead,
      via: "lineage",
      origin: 4711n,
      id: "1234.4000000000.2",
      lineage: "known",
      parentId: "1200.3000000000.7",
      execNumber: 2,
      pid: 1234,
      tid: 1235,
      ppid: 1199,
      uid: 101_000,
      gid: 101_001,
      euid: 6,
      egid: 5,
      loginUid: 1000,
      auditSession: 12,
      sessionId: 1100,
      tty: "pts12",
      nsLevel: 1,
      nsPid: 17,
      nsUid: 1000,
      nsGid: 1001,
      pidNamespace: 4_026_532_000,
      comm: "bash",
      filename: "./script",
      exe: "/usr/bin/env",
      exeTruncated: false,
      exeOutsideRoot: false,
      exeDevice: "254:74565",
      exeInode: 0xffff_ffff_ffff_ffffn,
      interpreter: "/usr/bin/env",
      image: undefined,
      gained: ["setuid"],
      capEffective: 0x1ff_ffff_ffffn,
      cwd: "/home/jessie",
      cwdTruncated: false,
      cwdOutsideRoot: false,
      cwdDeleted: false,
      argv: ["/usr/bin/env", "bash", "", "./script"],
      truncated: false,
      cut: undefined,
      argsUnreadable: false,
      argCount: 4,
      argsBytes: strings.head.length,
      raw: undefined,
    });
  });

  it.each<[string, Record<string, number>, Partial<KernelExec>]>([
    [
      "nobody logged in",
      { login_uid: constants.NO_ID, audit_session: constants.NO_ID },
      { loginUid: undefined, auditSession: undefined },
    ],
    [
      "ids that the namespace does not map",
      { ns_uid: constants.NO_ID, ns_gid: constants.NO_ID },
      { nsUid: undefined, nsGid: undefined },
    ],
    ["no ancestor in scope", { lineage: constants.LINEAGE_ROOT }, { lineage: "root", parentId: undefined }],
    ["lost ancestors", { lineage: constants.LINEAGE_UNKNOWN }, { lineage: "unknown", parentId: undefined }],
    ["a lineage from the future", { lineage: 99 }, { lineage: "unknown", parentId: undefined }],
    ["no exec number", { flags: constants.EXEC_NUMBER_UNKNOWN }, { id: "1234.4000000000.t5000000000" }],
    [
      "a file in memory, which is never in a directory",
      { flags: constants.EXEC_MEMFD | constants.EXEC_DELETED },
      { image: "memfd" },
    ],
    ["a deleted image", { flags: constants.EXEC_DELETED }, { image: "deleted" }],
    ["a deleted working directory", { flags: constants.EXEC_CWD_DELETED }, { cwdDeleted: true }],
    ["a cut exe", { flags: constants.EXEC_EXE_TRUNCATED }, { exeTruncated: true, exe: "…/usr/bin/env" }],
    ["a cut cwd", { flags: constants.EXEC_CWD_TRUNCATED }, { cwdTruncated: true, cwd: "…/home/jessie" }],
    ["an exe outside of the root", { flags: constants.EXEC_EXE_OUTSIDE_ROOT }, { exeOutsideRoot: true }],
    ["a cwd outside of the root", { flags: constants.EXEC_CWD_OUTSIDE_ROOT }, { cwdOutsideRoot: true }],
    [
      "unreadable arguments",
      { flags: constants.EXEC_ARGS_UNREADABLE },
      { truncated: true, argsUnreadable: true },
    ],
    ["no gain without the kernel's say", { flags: constants.EXEC_SETUID }, { gained: [] }],
    ["a gain of another kind", { flags: constants.EXEC_SECURE }, { gained: ["other"] }],
    [
      "all gains",
      {
        flags:
          constants.EXEC_SECURE |
          constants.EXEC_SETUID |
          constants.EXEC_SETGID |
          constants.EXEC_FILE_CAPABILITIES,
      },
      { gained: ["setuid", "setgid", "file_capabilities"] },
    ],
  ])("tells of %s", (_name, changed, expected) => {
    expect(decode(encodeExec(strings, { ...fields, ...changed }))).toMatchObject(expected);
  });

  it.each<[string, string, string, Partial<KernelExec>]>([
    ["all of it", "\0\0\0\0", "", { argv: [], cut: undefined }],
    ["head and tail", "\0\0\0\0", "\0\0\0\0", { argv: [], cut: undefined }],
    ["the head", "\0\0\0\0", "e\0f\0", { argv: ["…e", "f"], cut: { argument: 0, missingBytes: 16 } }],
    ["the tail", "a\0bc", "\0\0\0\0", { argv: ["a", "bc…"], cut: { argument: 1, missingBytes: 16 } }],
  ])("invents no arguments where %s could not be read", (_name, head, tail, expected) => {
    const record = encodeExec(
      { ...strings, head: Buffer.from(head), tail: Buffer.from(tail) },
      { ...fields, flags: constants.EXEC_ARGS_UNREADABLE, args_bytes: 20 },
    );
    expect(decode(record)).toMatchObject({ ...expected, truncated: true, argsUnreadable: true });
  });

  it("shows a file in memory by its bare name", () => {
    const record = encodeExec({ ...strings, exe: Buffer.from("memfd:x\0") }, { flags: constants.EXEC_MEMFD });
    expect(decode(record)).toMatchObject({ image: "memfd", exe: "memfd:x" });
  });

  it("has no terminal and no interpreter where there is none", () => {
    const record = encodeExec(
      { ...strings, interpreter: Buffer.alloc(0) },
      { ...fields, tty: Buffer.alloc(16) },
    );
    expect(decodeExecOf(record)).toMatchObject({ tty: undefined, interpreter: undefined });
  });

  it("reads a comm that is empty", () => {
    const record = encodeExec(strings, { ...fields, comm: Buffer.alloc(16) });
    expect(decodeExecOf(record).comm).toBe("");
  });

  it("reads a comm that fills its field", () => {
    const record = encodeExec(strings, { ...fields, comm: Buffer.from("0123456789abcdef") });
    expect(decodeExecOf(record).comm).toBe("0123456789abcdef");
  });

  it("keeps the bytes of every text that is not UTF-8, and only of those", () => {
    const bad = Buffer.from([0x2f, 0xff]);
    const base64 = bad.toString("base64");
    const head = Buffer.concat([Buffer.from("ok\0"), bad, Buffer.from("\0größe\0")]);
    const record = encodeExec(
      { filename: bad, exe: encodePath(bad), interpreter: bad, cwd: encodePath(bad), head },
      { ...fields, comm: Buffer.concat([bad, Buffer.alloc(14)]), tty: Buffer.from("pts0") },
    );
    expect(decodeExecOf(record)).toMatchObject({
      filename: "/\ufffd",
      exe: "/\ufffd",
      argv: ["ok", "/\ufffd", "größe"],
      tty: "pts0",
    });
    expect(decodeExecOf(record).raw).toEqual({
      filename: base64,
      exe: base64,
      interpreter: base64,
      cwd: base64,
      comm: base64,
      argv: [null, base64, null],
    });
  });

  it("gives back any text", () => {
    const text = fc
      .string({ unit: "grapheme", maxLength: 60 })
      .filter((each) => !each.includes("\0") && each.isWellFormed());
    const name = text.filter((each) => each !== "" && !each.includes("/"));
    fc.assert(
      fc.property(
        text,
        fc.array(name, { minLength: 1 }),
        fc.array(text, { minLength: 1 }),
        (filename, names, argv) => {
          const path = `/${names.join("/")}`;
          const record = encodeExec({
            filename: Buffer.from(filename),
            exe: encodePath(path),
            cwd: encodePath(path),
            head: Buffer.from(argv.map((each) => `${each}\0`).join("")),
          });
          expect(decodeExecOf(record)).toMatchObject({
            filename,
            exe: path,
            cwd: path,
            argv,
            raw: undefined,
          });
        },
      ),
    );
  });
});

describe("decodeRecord of an exit", () => {
  const fields = {
    ...head,
    type: constants.RECORD_EXIT,
    start_ns: 4_000_000_000n,
    exec_number: 3,
    login_uid: 1000,
  };
  const exit = (changed: Record<string, number>): KernelRecord =>
    decode(encodeRecord("exit_record", { ...fields, ...changed }));

  it.each([
    ["an exit code", 0x2a00, { exitCode: 42, signal: undefined, coreDumped: false }],
    ["success", 0, { exitCode: 0, signal: undefined, coreDumped: false }],
    ["a signal", 9, { exitCode: undefined, signal: 9, coreDumped: false }],
    ["a signal that dumped core", 0x80 | 11, { exitCode: undefined, signal: 11, coreDumped: true }],
    ["the highest signal", 64, { exitCode: undefined, signal: 64, coreDumped: false }],
  ])("tells of %s", (_name, status, expected) => {
    expect(exit({ status, via: constants.VIA_NAMESPACE })).toMatchObject({
      type: "exit",
      via: "namespace",
      ...decodedHead,
      id: "1234.4000000000.3",
      pid: 1234,
      loginUid: 1000,
      durationNs: 1_000_000_000n,
      ...expected,
    });
  });

  it("tells whether it was told late", () => {
    expect(exit({ late: 1 })).toMatchObject({ late: true });
    expect(exit({ late: 0 })).toMatchObject({ late: false });
  });

  it.each([
    ["the first process of a namespace", { ns_pid: 1, ns_level: 1 }, 4_026_532_000],
    ["another process of it", { ns_pid: 2, ns_level: 1 }, undefined],
    ["the host's first process", { ns_pid: 1, ns_level: 0 }, undefined],
  ])("tells whether a PID namespace ends with it: %s", (_name, changed, endedNamespace) => {
    expect(exit({ ...changed, pid_namespace: 4_026_532_000 })).toMatchObject({ endedNamespace });
  });
});

describe("decodeRecord of a cgroup", () => {
  it("reads its name and its parent", () => {
    const fields = { ...head, type: constants.RECORD_CGROUP_MADE, parent: 76n, prefix: 2, name_bytes: 7 };
    expect(decode(encodeRecord("cgroup_record", fields, Buffer.from("größe")))).toEqual({
      type: "cgroupMade",
      ...decodedHead,
      parentKey: 76n,
      name: "größe",
      prefix: 2,
    });
  });

  it("keeps the bytes of a name that is not UTF-8", () => {
    const fields = { ...head, type: constants.RECORD_CGROUP_MADE, name_bytes: 2 };
    expect(decode(encodeRecord("cgroup_record", fields, Buffer.from([0x61, 0xff])))).toMatchObject({
      name: "a\udcff",
    });
  });

  it("reads its end", () => {
    const record = encodeRecord("cgroup_record", { ...head, type: constants.RECORD_CGROUP_REMOVED });
    expect(decode(record)).toEqual({ type: "cgroupRemoved", ...decodedHead });
  });
});

describe("decodeRecord of what is no record", () => {
  const exec = encodeExec({ filename: Buffer.from("/bin/true"), head: Buffer.from("true\0") });

  it.each<[string, Buffer, RegExp]>([
    ["nothing", Buffer.alloc(0), /0 bytes, shorter than its head/],
    ["less than a head", Buffer.alloc(layout.record.size - 1), /39 bytes, shorter than its head/],
    ["another size than it says", Buffer.concat([exec, Buffer.alloc(8)]), /that says it has/],
    ["an unknown type", encodeRecord("record", { type: 77 }), /unknown type 77/],
    [
      "an exec that ends early",
      encodeRecord("record", { type: constants.RECORD_EXEC }),
      /exec record of 40 bytes/,
    ],
    [
      "an exit that ends early",
      encodeRecord("record", { type: constants.RECORD_EXIT }),
      /exit record of 40 bytes/,
    ],
    [
      "a cgroup that ends early",
      encodeRecord("record", { type: constants.RECORD_CGROUP_MADE }),
      /cgroup record of 40 bytes/,
    ],
    ["an exec whose parts are longer", encodeExec({}, { filename_bytes: 1 }), /whose parts make/],
    [
      "an exec whose parts are shorter",
      encodeExec({ exe: Buffer.from("ab") }, { exe_bytes: 1 }),
      /whose parts make/,
    ],
    ["arguments of four gigabytes", encodeExec({}, { args_head_bytes: 0xffff_ffff }), /whose parts make/],
    [
      "a cgroup whose name is longer",
      encodeRecord("cgroup_record", { type: constants.RECORD_CGROUP_MADE, name_bytes: 1 }),
      /with a name of 1/,
    ],
  ])("says what is wrong: %s", (_name, record, message) => {
    expect(() => decode(record)).toThrow(message);
  });

  it("fails on every truncated record", () => {
    const whole = encodeExec({
      filename: Buffer.from("/bin/true"),
      cwd: encodePath("/a/b"),
      head: Buffer.from("a\0b\0"),
    });
    for (let length = 0; length < whole.length; length++) {
      expect(() => decode(whole.subarray(0, length))).toThrow(Error);
    }
  });

  it("throws nothing but errors, and reads nothing beyond the record, whatever the bytes are", () => {
    const records = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc
        .tuple(fc.constantFrom(1, 2, 3, 4), fc.uint8Array({ minLength: 40, maxLength: 400 }))
        .map(([type, bytes]) => {
          const record = Buffer.from(bytes);
          record.writeUInt32LE(record.length, 0);
          record.writeUInt16LE(type, 4);
          return record;
        }),
      // A sound exec record in which one word is anything.
      fc.tuple(fc.nat(52), fc.integer({ min: 0, max: 0xffff_ffff })).map(([word, value]) => {
        const record = encodeExec({ filename: Buffer.from("/bin/x"), head: Buffer.from("a\0bc\0") });
        record.writeUInt32LE(value, Math.min(4 * word, record.length - 4));
        return record;
      }),
    );
    fc.assert(
      fc.property(records, (record) => {
        expect(outcome(record, 0xaa)).toEqual(outcome(record, 0x55));
      }),
      { numRuns: 2000 },
    );
  });
});

/** What comes of a record with these bytes around it: all that is read beyond it would make a difference. */
function outcome(record: Buffer, around: number): unknown {
  const memory = placeRecord(record, OFFSET);
  memory.bytes.fill(around, 0, OFFSET);
  memory.bytes.fill(around, OFFSET + record.length);
  try {
    return decodeRecord(memory, OFFSET, record.length);
  } catch (error) {
    if (!(error instanceof Error) || error instanceof RangeError || error instanceof TypeError) throw error;
    return error.message;
  }
}
