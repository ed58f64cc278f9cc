import { errorName } from "./libc.ts";
import type { Libbpf } from "./libbpf.ts";

const ENOENT = 2;
const E2BIG = 7;

/** A BPF map, by its file descriptor. Keys and values are raw bytes of the sizes that the map was made with. */
export class BpfMap {
  readonly fd: number;
  readonly #libbpf: Libbpf;
  readonly #name: string;
  readonly #keyBytes: number;
  readonly #valueBytes: number;

  constructor(libbpf: Libbpf, name: string, fd: number, keyBytes: number, valueBytes: number) {
    this.#libbpf = libbpf;
    this.#name = name;
    this.fd = fd;
    this.#keyBytes = keyBytes;
    this.#valueBytes = valueBytes;
  }

  /** The value at `key`, a copy; undefined when there is none. */
  get(key: Buffer): Buffer | undefined {
    const value = Buffer.alloc(this.#valueBytes);
    return this.#libbpf.lookUp(this.fd, key, value) === 0 ? value : undefined;
  }

  /** Throws an Error that names the map and the errno when the kernel refuses, such as `E2BIG`: the map is full. */
  set(key: Buffer, value: Buffer): void {
    if (!this.setIfRoom(key, value)) throw this.#refusal(-E2BIG);
  }

  /** The same, but returns false when the map is full. */
  setIfRoom(key: Buffer, value: Buffer): boolean {
    const status = this.#libbpf.update(this.fd, key, value, 0);
    if (status === -E2BIG) return false;
    if (status !== 0) throw this.#refusal(status);
    return true;
  }

  /** Removes the entry at `key`, if there is one. */
  delete(key: Buffer): void {
    const status = this.#libbpf.delete(this.fd, key);
    if (status !== 0 && status !== -ENOENT) {
      throw new Error(`could not remove from the kernel's map "${this.#name}": ${errorName(status)}`);
    }
  }

  #refusal(status: number): Error {
    return new Error(`could not write to the kernel's map "${this.#name}": ${errorName(status)}`);
  }

  /** All keys at about this moment. */
  keys(): Buffer[] {
    const keys: Buffer[] = [];
    let key: Buffer | null = null;
    for (;;) {
      const next = Buffer.alloc(this.#keyBytes);
      if (this.#libbpf.nextKey(this.fd, key, next) !== 0) return keys;
      keys.push(next);
      key = next;
    }
  }
}

/** A key or value that is one unsigned 32-bit number. */
export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** A key or value that is one unsigned 64-bit number. */
export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
