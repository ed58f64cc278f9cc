import { createHmac, randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fdatasync,
  fdatasyncSync,
  openSync,
  readSync,
  write,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const [writeInThread, syncInThread] = [promisify(write), promisify(fdatasync)];
const KEY_BYTES = 32;
const HISTORY_KEY = "seal.key";
const MAGIC = "WPLSEAL1";
const FILE_BYTES = MAGIC.length + 8 + KEY_BYTES;

/** The key of an epoch made from that of the epoch before; there is no way back. */
export function nextKey(key: Uint8Array): Buffer {
  return createHmac("sha256", key).update("next epoch").digest();
}

/** What a seal says. */
export interface SealFacts {
  readonly epoch: number;
  readonly batch: number;
  readonly hash: Uint8Array;
  /** Wall clock, ns since 1970 UTC. */
  readonly timeNs: bigint;
  /** Digest of what was removed until then, and of the rest that the chain does not cover. */
  readonly removed: Uint8Array;
}

/** A seal's code of authentication by the key of its epoch. */
export function sealCode(key: Uint8Array, { epoch, batch, hash, timeNs, removed }: SealFacts): Buffer {
  const text = JSON.stringify([epoch, batch, Buffer.from(hash).toString("hex"), String(timeNs)]);
  return createHmac("sha256", key).update(text).update(removed).digest();
}

/** A file of a state directory that holds the key of the present epoch, and no earlier one. */
export class SealKey {
  readonly #fd: number;
  #epoch: number;
  #key: Buffer;

  private constructor(fd: number, epoch: number, key: Buffer) {
    this.#fd = fd;
    this.#epoch = epoch;
    this.#key = key;
  }

  /** Writes a first key, a new one if none is given, and returns it: it is kept nowhere. Throws one line when there is one already. */
  static create(directory: string, name = HISTORY_KEY, key: Buffer = randomBytes(KEY_BYTES)): Buffer {
    const file = join(directory, name);
    let fd: number;
    try {
      fd = openSync(file, "wx", 0o600);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST") throw cause;
      throw new Error(
        `${file} exists: what is in this directory is sealed already, and its first key was shown then`,
        {
          cause,
        },
      );
    }
    const made = new SealKey(fd, 0, Buffer.from(key));
    made.#write();
    made.close();
    return key;
  }

  /** Undefined where nothing is to be sealed. Throws one line for a file that is none. */
  static open(directory: string, name = HISTORY_KEY): SealKey | undefined {
    const file = join(directory, name);
    if (!existsSync(file)) return undefined;
    const fd = openSync(file, "r+");
    const bytes = Buffer.alloc(FILE_BYTES);
    const length = readSync(fd, bytes, 0, FILE_BYTES, 0);
    if (length !== FILE_BYTES || bytes.toString("latin1", 0, MAGIC.length) !== MAGIC) {
      closeSync(fd);
      throw new Error(`${file} holds no key: nothing can be sealed`);
    }
    const key = Buffer.from(bytes.subarray(MAGIC.length + 8));
    return new SealKey(fd, Number(bytes.readBigUInt64LE(MAGIC.length)), key);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The code of a seal of the present epoch. */
  code(facts: Omit<SealFacts, "epoch">): Buffer {
    return sealCode(this.#key, { ...facts, epoch: this.#epoch });
  }

  /** What is made with the key of the present epoch. */
  use<T>(make: (key: Uint8Array) => T): T {
    return make(this.#key);
  }

  /** Goes on to the next epoch; the key of the present one is written over. */
  advance(): void {
    this.step();
    this.#write();
  }

  /** Goes on to the next epoch in memory only: the file has the earlier key until `save`. */
  step(): void {
    const next = nextKey(this.#key);
    this.#key.fill(0);
    this.#key = next;
    this.#epoch++;
  }

  /** Writes the present key over the one in the file, in another thread. */
  async save(): Promise<void> {
    const bytes = this.#encode();
    await writeInThread(this.#fd, bytes, 0, FILE_BYTES, 0);
    await syncInThread(this.#fd);
    bytes.fill(0);
  }

  close(): void {
    this.#key.fill(0);
    closeSync(this.#fd);
  }

  /** In place, since a new file would leave the old one's blocks on the disk. */
  #write(): void {
    const bytes = this.#encode();
    writeSync(this.#fd, bytes, 0, FILE_BYTES, 0);
    fdatasyncSync(this.#fd);
    bytes.fill(0);
  }

  #encode(): Buffer {
    const bytes = Buffer.alloc(FILE_BYTES);
    bytes.write(MAGIC, "latin1");
    bytes.writeBigUInt64LE(BigInt(this.#epoch), MAGIC.length);
    this.#key.copy(bytes, MAGIC.length + 8);
    return bytes;
  }
}
