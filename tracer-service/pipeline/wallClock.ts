/** How far the wall clock is ahead of the boot clock (ns), and when that was read (boot clock, ns). */
interface ClockReading {
  readonly bootNs: bigint;
  readonly offsetNs: bigint;
}

/** From when on (boot clock, ns) the wall clock was how far ahead of the boot clock (ns). */
interface ClockStep {
  readonly sinceNs: bigint;
  readonly offsetNs: bigint;
}

/** Where the clock is remembered, for events that are read long after they happened, perhaps by another service. */
export interface ClockMemory {
  /** Oldest first. */
  clockSteps(): ClockStep[];
  putClockStep(step: ClockStep, inPlace: boolean): void;
  /** When the clocks were last compared, boot clock, ns; 0: never. */
  clockSeenNs: bigint;
}

/** A change of the wall clock while nobody looked: what happened in this time is dated as if it had come at its end. */
export interface UnseenChange {
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** How much later the wall clock shows afterwards, ns. */
  readonly byNs: bigint;
}

/** How far the offset may drift before it is taken anew: time stamps of one batch stay in order among themselves. */
const TOLERANCE_NS = 100_000n;
/** A clock that is being slewed gets no more steps than one in this time, so that there is room for real ones. */
const STEP_INTERVAL_NS = 60_000_000_000n;
const SLEW_NS = 50_000_000n;
const STEPS_KEPT = 64;

/** Turns the kernel's boot clock into dates, across suspend and changes of the wall clock: each by what held at its time. */
export class WallClock {
  readonly #readClocks: () => ClockReading;
  readonly #memory: ClockMemory | undefined;
  readonly #steps: ClockStep[];
  #current: ClockStep;
  #unseen: UnseenChange | undefined;

  constructor(readClocks: () => ClockReading, memory?: ClockMemory) {
    this.#readClocks = readClocks;
    this.#memory = memory;
    const reading = readClocks();
    this.#steps = memory?.clockSteps() ?? [];
    const latest = this.#steps.at(-1);
    if (latest === undefined) {
      this.#current = { sinceNs: 0n, offsetNs: reading.offsetNs };
      this.#steps.push(this.#current);
      memory?.putClockStep(this.#current, false);
    } else {
      this.#current = latest;
      this.#catchUp(reading, memory?.clockSeenNs ?? 0n);
    }
    if (memory !== undefined) memory.clockSeenNs = reading.bootNs;
  }

  /** What changed while no service ran, more than clocks are corrected by otherwise. */
  get unseenChange(): UnseenChange | undefined {
    return this.#unseen;
  }

  /** To be called once a batch. */
  adjust(): void {
    const { bootNs, offsetNs } = this.#readClocks();
    if (this.#memory !== undefined) this.#memory.clockSeenNs = bootNs;
    const drift = difference(offsetNs, this.#current.offsetNs);
    if (drift <= TOLERANCE_NS) return;
    const slewed = drift <= SLEW_NS && bootNs - this.#current.sinceNs < STEP_INTERVAL_NS;
    this.#put({ sinceNs: slewed ? this.#current.sinceNs : bootNs, offsetNs }, slewed);
  }

  /** Now, on the boot clock, ns. */
  nowBootNs(): bigint {
    return this.#readClocks().bootNs;
  }

  /** ns since 1970 UTC of a time on the boot clock, ns. */
  date(bootNs: bigint): bigint {
    if (bootNs >= this.#current.sinceNs) return bootNs + this.#current.offsetNs;
    const step = this.#steps.findLast(({ sinceNs }) => sinceNs <= bootNs) ?? this.#steps[0];
    return bootNs + (step ?? this.#current).offsetNs;
  }

  /** A clock that was slewed meanwhile is taken to have been so evenly; of a change at once nobody knows the moment. */
  #catchUp({ bootNs, offsetNs }: ClockReading, seenNs: bigint): void {
    const before = this.#current.offsetNs;
    const drift = difference(offsetNs, before);
    if (drift <= TOLERANCE_NS) return;
    const unseenNs = bootNs - seenNs;
    // The kernel slews by no more than a two-thousandth.
    if (drift <= unseenNs / 2000n + SLEW_NS) {
      this.#put({ sinceNs: seenNs + unseenNs / 2n, offsetNs: (before + offsetNs) / 2n }, false);
    } else {
      this.#unseen = { firstNs: seenNs, lastNs: bootNs, byNs: offsetNs - before };
    }
    this.#put({ sinceNs: bootNs, offsetNs }, false);
  }

  #put(step: ClockStep, inPlace: boolean): void {
    if (inPlace) this.#steps.pop();
    this.#steps.push(step);
    if (this.#steps.length > STEPS_KEPT) this.#steps.shift();
    this.#current = step;
    this.#memory?.putClockStep(step, inPlace);
  }
}

/** How far two times are apart. */
export function difference(a: bigint, b: bigint): bigint {
  return a > b ? a - b : b - a;
}
