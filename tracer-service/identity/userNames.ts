import { TimeShare } from "../cgroup/timeShare.ts";

/** How long an answer is taken for true, ms: a uid may be given to another user, and one without a name may get one. */
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;

interface Answer {
  readonly name: string | undefined;
  readonly untilMs: number;
}

/**
 * Names of uids in the password database, which may be a server in the network. It is asked once for each uid, and again
 * when the answer is old, for which a small part of the time is spent.
 */
export class UserNames {
  readonly #lookUp: (uid: number) => string | undefined;
  readonly #nowMs: () => number;
  readonly #renewing: TimeShare;
  readonly #answers = new Map<number, Answer>();

  constructor(lookUp: (uid: number) => string | undefined, nowMs = (): number => performance.now()) {
    this.#lookUp = lookUp;
    this.#nowMs = nowMs;
    this.#renewing = new TimeShare(nowMs);
  }

  /** Undefined where there is no user of this uid. */
  nameOf(uid: number): string | undefined {
    const known = this.#answers.get(uid);
    if (known === undefined) this.#ask(uid);
    else if (known.untilMs <= this.#nowMs())
      this.#renewing.spend(() => {
        this.#ask(uid);
      });
    return this.#answers.get(uid)?.name;
  }

  #ask(uid: number): void {
    const name = this.#lookUp(uid);
    this.#answers.set(uid, { name, untilMs: this.#nowMs() + (name === undefined ? UNKNOWN_MS : KNOWN_MS) });
  }
}
