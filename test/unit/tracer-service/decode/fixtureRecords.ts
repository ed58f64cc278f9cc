import { constants, layout } from "../../../../tracer-service/kernel/layout.ts";
import { recordMemory, type RecordMemory } from "../../../../tracer-service/kernel/ringBuffer.ts";

/** Values of a struct's fields, by their C names; 0 where left out. */
type Fields = Readonly<Record<string, number | bigint | Buffer>>;

const LONGS = new Set(["seq", "time_ns", "cgroup", "start_ns", "cap_effective", "inode"]);
const SHORTS = new Set(["type", "cpu", "filename_bytes", "exe_bytes", "interpreter_bytes", "cwd_bytes"]);

/** Lays out a struct of the kernel's, and what follows it. */
export function encodeStruct(
  name: keyof typeof layout,
  fields: Fields,
  after: Buffer = Buffer.alloc(0),
): Buffer {
  const offsets: Readonly<Record<string, number>> = { ...layout.record, ...layout[name] };
  const bytes = Buffer.concat([Buffer.alloc(layout[name].size), after]);
  for (const [field, value] of Object.entries(fields)) {
    const offset = offsets[field];
    if (offset === undefined) throw new Error(`${name} has no field ${field}`);
    if (Buffer.isBuffer(value)) value.copy(bytes, offset);
    else if (LONGS.has(field) || typeof value === "bigint") bytes.writeBigUInt64LE(BigInt(value), offset);
    else if (SHORTS.has(field)) bytes.writeUInt16LE(value, offset);
    else bytes.writeUInt32LE(value, offset);
  }
  return bytes;
}

/** A whole record: the struct with its size in its head. */
export function encodeRecord(
  name: keyof typeof layout,
  fields: Fields,
  after: Buffer = Buffer.alloc(0),
): Buffer {
  const bytes = encodeStruct(name, fields, after);
  bytes.writeUInt32LE(bytes.length, 0);
  return bytes;
}

/** What is of variable length in an exec record. Paths are as the kernel walks them. */
export interface ExecStrings {
  readonly filename: Buffer;
  readonly exe: Buffer;
  readonly interpreter: Buffer;
  readonly cwd: Buffer;
  readonly head: Buffer;
  readonly tail: Buffer;
}

const nothing = Buffer.alloc(0);

/** An exec record. */
export function encodeExec(strings: Partial<ExecStrings>, fields: Fields = {}): Buffer {
  const { filename = nothing, exe = nothing, interpreter = nothing, cwd = nothing } = strings;
  const { head = nothing, tail = nothing } = strings;
  return encodeRecord(
    "exec_record",
    {
      type: constants.RECORD_EXEC,
      filename_bytes: filename.length,
      exe_bytes: exe.length,
      interpreter_bytes: interpreter.length,
      cwd_bytes: cwd.length,
      args_head_bytes: head.length,
      args_tail_bytes: tail.length,
      args_bytes: head.length + tail.length,
      ...fields,
    },
    Buffer.concat([filename, exe, interpreter, cwd, head, tail]),
  );
}

/** A path as the kernel writes it: components from the leaf to the root, each with a NUL. */
export function encodePath(path: string | Buffer): Buffer {
  const components = Buffer.from(path as string)
    .toString("latin1")
    .split("/")
    .slice(1)
    .reverse();
  return Buffer.from(components.map((component) => `${component}\0`).join(""), "latin1");
}

/** Puts a record where the ring would have it: at a multiple of 8, between others. */
export function placeRecord(record: Buffer, offset = 64): RecordMemory {
  const memory = recordMemory(new ArrayBuffer(offset + ((record.length + 7) & ~7) + 64));
  memory.bytes.fill(0xaa);
  record.copy(memory.bytes, offset);
  return memory;
}
