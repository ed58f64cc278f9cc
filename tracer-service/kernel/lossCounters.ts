import { decodeText, type DecodedText } from "../decode/decodeText.ts";
import { type BpfMap, u32, u64 } from "./bpfMap.ts";
import type { KernelObjects } from "./kernelObjects.ts";
import { constants, layout } from "./layout.ts";
import type { ReaderState } from "./readerState.ts";
import type { SharedMemory } from "./sharedMemory.ts";

/** Losses of one cgroup for one reason: `count` since the programs were loaded, the times of the current period. */
export interface KernelLoss {
  readonly cgroupKey: bigint;
  readonly owner: number;
  /** One of `constants.LOST_…`. */
  readonly reason: number;
  /** Tells files apart where execs were withheld, with the name that the first had; 0 elsewhere. */
  readonly program: number;
  readonly comm: DecodedText;
  readonly count: bigint;
  /** Boot clock, ns. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** Execs of an owner that were being withheld when a reader last told of it; times on the boot clock, ns. */
export interface ThrottledOwner {
  /** Where it began. */
  readonly cgroupKey: bigint;
  readonly owner: number;
  readonly firstNs: bigint;
  readonly lastNs: bigint;
}

/** No loss has this reason: under it lies, among what was told, of whom it was not told yet that throttling has ended. */
const THROTTLED = constants.LOSS_REASONS;
const NO_COMM: DecodedText = { text: "", raw: undefined };

/** The kernel's counters of what was lost, and beside them how far they were told, for the next reader. */
export class LossCounters {
  readonly #shared: SharedMemory;
  readonly #state: ReaderState;
  readonly #losses: BpfMap;
  readonly #owners: BpfMap;
  readonly #told: BpfMap;
  readonly #freed: BpfMap;

  constructor(objects: KernelObjects, shared: SharedMemory, state: ReaderState) {
    this.#shared = shared;
    this.#state = state;
    this.#losses = objects.map("losses", layout.loss_key.size, layout.program_loss.size);
    this.#owners = objects.map("owners", 4, layout.owner.size);
    this.#freed = objects.map("loss_counters_freed", 4, 8);
    this.#told = objects.map("losses_told", layout.loss_key.size, layout.loss_told.size);
  }

  /** Grows with every loss anywhere: cheap to look at. */
  total(): bigint {
    return this.#shared.losses;
  }

  /** Of these, the ones whose counters have been freed. */
  get forgotten(): bigint {
    return this.#state.lossesForgotten;
  }

  /** All losses so far, and begins a new period for their times. */
  read(): KernelLoss[] {
    const losses: KernelLoss[] = [];
    for (const key of this.#losses.keys()) {
      const value = this.#losses.get(key);
      if (value === undefined) continue;
      const cgroupKey = key.readBigUInt64LE(layout.loss_key.cgroup);
      const owner = key.readUInt32LE(layout.loss_key.owner);
      const reason = key.readUInt32LE(layout.loss_key.reason);
      const program = key.readUInt32LE(layout.loss_key.program);
      const comm = decodeComm(value.subarray(layout.program_loss.comm));
      losses.push({ ...decodeLoss(value, 0, cgroupKey, owner, reason), program, comm });
    }
    this.#shared.beginLossPeriod();
    return losses;
  }

  /** Losses of an owner whose cgroups found no place of their own. */
  readOverflow(owner: number): KernelLoss[] {
    const value = this.#owners.get(u32(owner));
    if (value === undefined) return [];
    return Array.from({ length: constants.LOSS_REASONS }, (_, reason) =>
      decodeLoss(value, layout.owner.overflow + reason * layout.loss.size, 0n, owner, reason),
    ).filter((loss) => loss.count > 0n);
  }

  /** The login uid whose owner this is; undefined for an owner that is none's, or of several. */
  loginUid(owner: number): number | undefined {
    if (owner < constants.FIRST_LOGIN_OWNER) return undefined;
    const uid = this.#owners.get(u32(owner))?.readBigUInt64LE(layout.owner.login_uid) ?? 0n;
    return uid === 0n ? undefined : Number(uid - 1n);
  }

  /** Frees the counters of a cgroup that is gone, once they have been told. */
  forget(loss: KernelLoss): void {
    this.#losses.delete(encodeKey(loss));
    this.#told.delete(encodeKey(loss));
    this.#freed.set(u32(loss.owner), u64((this.#freed.get(u32(loss.owner))?.readBigUInt64LE() ?? 0n) + 1n));
    this.#shared.freeLossCounter();
    this.#state.lossesForgotten += loss.count;
  }

  /** How far a loss was told, by this reader or an earlier one. */
  told(loss: KernelLoss): { readonly count: bigint; readonly lastNs: bigint } | undefined {
    const value = this.#told.get(encodeKey(loss));
    if (value === undefined) return undefined;
    return {
      count: value.readBigUInt64LE(layout.loss_told.count),
      lastNs: value.readBigUInt64LE(layout.loss_told.last_ns),
    };
  }

  /** Takes note that a loss is told as far as it is given here. */
  keepTold(loss: KernelLoss): void {
    this.#told.set(encodeKey(loss), encodeTold(loss.count, loss.lastNs));
  }

  /** The owners whose throttling an earlier reader has told, and not its end. */
  throttled(): ThrottledOwner[] {
    return this.#told.keys().flatMap((key) => {
      const value = key.readUInt32LE(layout.loss_key.reason) === THROTTLED ? this.#told.get(key) : undefined;
      if (value === undefined) return [];
      return {
        cgroupKey: key.readBigUInt64LE(layout.loss_key.cgroup),
        owner: key.readUInt32LE(layout.loss_key.owner),
        firstNs: value.readBigUInt64LE(layout.loss_told.count),
        lastNs: value.readBigUInt64LE(layout.loss_told.last_ns),
      };
    });
  }

  /** Leaves to the next reader that the throttling of an owner was told, and its end was not. */
  keepThrottled({ cgroupKey, owner, firstNs, lastNs }: ThrottledOwner): void {
    const key = encodeKey({ cgroupKey, owner, reason: THROTTLED, program: 0 });
    this.#told.set(key, encodeTold(firstNs, lastNs));
  }

  /** Takes note that its end was told. */
  forgetThrottled({ cgroupKey, owner }: Pick<ThrottledOwner, "cgroupKey" | "owner">): void {
    this.#told.delete(encodeKey({ cgroupKey, owner, reason: THROTTLED, program: 0 }));
  }
}

function encodeTold(count: bigint, lastNs: bigint): Buffer {
  const value = Buffer.alloc(layout.loss_told.size);
  value.writeBigUInt64LE(count, layout.loss_told.count);
  value.writeBigUInt64LE(lastNs, layout.loss_told.last_ns);
  return value;
}

function encodeKey({
  cgroupKey,
  owner,
  reason,
  program,
}: Pick<KernelLoss, "cgroupKey" | "owner" | "reason" | "program">): Buffer {
  const key = Buffer.alloc(layout.loss_key.size);
  key.writeBigUInt64LE(cgroupKey, layout.loss_key.cgroup);
  key.writeUInt32LE(owner, layout.loss_key.owner);
  key.writeUInt32LE(reason, layout.loss_key.reason);
  key.writeUInt32LE(program, layout.loss_key.program);
  return key;
}

function decodeComm(bytes: Buffer): DecodedText {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}

function decodeLoss(
  value: Buffer,
  offset: number,
  cgroupKey: bigint,
  owner: number,
  reason: number,
): KernelLoss {
  return {
    cgroupKey,
    owner,
    reason,
    program: 0,
    comm: NO_COMM,
    count: value.readBigUInt64LE(offset + layout.loss.count),
    firstNs: value.readBigUInt64LE(offset + layout.loss.first_ns),
    lastNs: value.readBigUInt64LE(offset + layout.loss.last_ns),
  };
}
