/** A struct of an object's debug information: its size and the offsets of its members, in bytes. */
export interface BtfStruct {
  readonly size: number;
  readonly members: ReadonlyMap<string, number>;
}

/** What BTF, the debug information of BPF objects (Documentation/bpf/btf.rst), says of structs and enums. */
export interface Btf {
  readonly structs: ReadonlyMap<string, BtfStruct>;
  /** Values of all enums, by their names. */
  readonly constants: ReadonlyMap<string, number>;
}

const MAGIC = 0xeb9f;
const TYPE_BYTES = 12;
const STRUCT = 4;
const ENUM = 6;
const ENUM64 = 19;

/** Bytes that follow a type of each kind: so many at any rate, and so many for each element. */
const EXTRA_BYTES: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  1: [4, 0], // int
  2: [0, 0], // pointer
  3: [12, 0], // array
  [STRUCT]: [0, 12],
  5: [0, 12], // union
  [ENUM]: [0, 8],
  7: [0, 0], // forward
  8: [0, 0], // typedef
  9: [0, 0], // volatile
  10: [0, 0], // const
  11: [0, 0], // restrict
  12: [0, 0], // function
  13: [0, 8], // prototype
  14: [4, 0], // variable
  15: [0, 12], // section
  16: [0, 0], // float
  17: [4, 0], // declaration tag
  18: [0, 0], // type tag
  [ENUM64]: [0, 12],
};

/** Reads the BTF of a compiled object (ELF, 64 bits, little-endian). Throws when there is none. */
export function readBtf(object: Buffer): Btf {
  const btf = findSection(object, ".BTF");
  if (btf.readUInt16LE(0) !== MAGIC) throw new Error("this is no BTF");
  const headerBytes = btf.readUInt32LE(4);
  const types = btf.subarray(headerBytes + btf.readUInt32LE(8)).subarray(0, btf.readUInt32LE(12));
  const strings = btf.subarray(headerBytes + btf.readUInt32LE(16));
  const structs = new Map<string, BtfStruct>();
  const constants = new Map<string, number>();

  for (let at = 0; at < types.length;) {
    const name = text(strings, types.readUInt32LE(at));
    const info = types.readUInt32LE(at + 4);
    const size = types.readUInt32LE(at + 8);
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    const [fixed, each] = EXTRA_BYTES[kind] ?? [];
    if (fixed === undefined || each === undefined)
      throw new Error(`BTF type of the unknown kind ${String(kind)}`);
    const elements = Array.from({ length: each === 0 ? 0 : count }, (_, i) => at + TYPE_BYTES + i * each);
    if (kind === STRUCT) {
      // With the flag, the top byte is the size of a bit field.
      const offsetMask = info >>> 31 ? 0xffffff : 0xffffffff;
      const members = elements.map((element): [string, number] => [
        text(strings, types.readUInt32LE(element)),
        ((types.readUInt32LE(element + 8) & offsetMask) >>> 0) / 8,
      ]);
      structs.set(name, { size, members: new Map(members) });
    }
    if (kind === ENUM || kind === ENUM64) {
      for (const element of elements) {
        constants.set(text(strings, types.readUInt32LE(element)), types.readUInt32LE(element + 4));
      }
    }
    at += TYPE_BYTES + fixed + elements.length * each;
  }
  return { structs, constants };
}

function findSection(elf: Buffer, wanted: string): Buffer {
  const headers = Number(elf.readBigUInt64LE(40));
  const headerBytes = elf.readUInt16LE(58);
  const section = (index: number): Buffer => {
    const at = headers + index * headerBytes;
    const start = Number(elf.readBigUInt64LE(at + 24));
    return elf.subarray(start, start + Number(elf.readBigUInt64LE(at + 32)));
  };
  const names = section(elf.readUInt16LE(62));
  for (let index = 0; index < elf.readUInt16LE(60); index++) {
    if (text(names, elf.readUInt32LE(headers + index * headerBytes)) === wanted) return section(index);
  }
  throw new Error(`the object has no section ${wanted}: compile it with -g`);
}

function text(strings: Buffer, start: number): string {
  return strings.toString("utf8", start, strings.indexOf(0, start));
}
