/** Who asks for a window must not wait longer than this for events that are being read. */
const SLICE_MS = 4;
const HELD_PAUSE_MS = 5;

/** The time that a queue works in. */
export interface WorkTime {
  clockMs(): number;
  /** Runs a task after what else waits has had its turn. */
  soon(task: () => void): void;
  later(delayMs: number, task: () => void): void;
}

/** What the work is, and who is told of its progress. */
export interface WorkQueueUser<Work> {
  /** Does the work until the clock says `untilMs`; whether it is done. It throws nothing. */
  readonly work: (work: Work, untilMs: number) => boolean;
  /** Whether what was done before has to come to an end first. */
  readonly isHeld: () => boolean;
  readonly held: () => void;
  /** A slice of the time is over, or all the work is done. */
  readonly rested: () => void;
  readonly emptied: () => void;
}

/** Does work in the order it comes in, in slices of time, so that nobody else has to wait for it. */
export class WorkQueue<Work> {
  readonly #time: WorkTime;
  readonly #user: WorkQueueUser<Work>;
  readonly #waiting: Work[] = [];
  readonly #run = (): void => {
    this.#work();
  };
  #working = false;

  constructor(time: WorkTime, user: WorkQueueUser<Work>) {
    this.#time = time;
    this.#user = user;
  }

  /** Whether there is work left. */
  get working(): boolean {
    return this.#working;
  }

  add(work: Work): void {
    this.#waiting.push(work);
    if (this.#working) return;
    this.#working = true;
    this.#time.soon(this.#run);
  }

  #work(): void {
    const untilMs = this.#time.clockMs() + SLICE_MS;
    for (let work = this.#waiting[0]; work !== undefined; work = this.#waiting[0]) {
      if (this.#user.isHeld()) {
        this.#user.held();
        this.#time.later(HELD_PAUSE_MS, this.#run);
        return;
      }
      const done = this.#user.work(work, untilMs);
      if (done) this.#waiting.shift();
      if (!done || this.#time.clockMs() >= untilMs) {
        this.#user.rested();
        this.#time.soon(this.#run);
        return;
      }
    }
    this.#user.rested();
    this.#working = false;
    this.#user.emptied();
  }
}
