import { TimeShare } from "../cgroup/timeShare.ts";

/** How long an answer is taken for true, ms: a uid may be given to another user, and one without a name may get one. */
const KNOWN_MS = 60_000;
const UNKNOWN_MS = 5_000;
/** So many answers are remembered: whoever can choose a uid can choose another one all day. */
const REMEMBERED = 65_536;
/** How often it is told that uids go without their names, ms. */
const POSTPONED_MS = 60_000;

interface Answer {
  readonly name: string | undefined;
  readonly untilMs: number;
}

/**
 * Names of uids in the password database, which may be a server in the network. It is asked once for each uid, and again
 * when the answer is old, for which a small part of the time is spent. `postpones` is called now and then while uids that
 * anybody can choose go without their names.
 */
export class UserNames {
  readonly #lookUp: (uid: number) => string | undefined;
  readonly #nowMs: () => number;
  readonly #postpones: (uid: number) => void;
  readonly #renewing: TimeShare;
  readonly #beginning: TimeShare;
  readonly #answers = new Map<number, Answer>();
  #postponedMs = Number.NEGATIVE_INFINITY;

  constructor(
    lookUp: (uid: number) => string | undefined,
    postpones: (uid: number) => void,
    nowMs = (): number => performance.now(),
  ) {
    this.#lookUp = lookUp;
    this.#postpones = postpones;
    this.#nowMs = nowMs;
    this.#renewing = new TimeShare(nowMs);
    this.#beginning = new TimeShare(nowMs);
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

  /**
   * The same of a login uid, which who has none may choose: asking for one for the first time gets a small part of the time, too.
   * Until then it has no name.
   */
  nameOfLogin(uid: number): string | undefined {
    if (this.#answers.has(uid)) return this.nameOf(uid);
    const isAsked = this.#beginning.spend(() => {
      this.#ask(uid);
    });
    if (isAsked) return this.#answers.get(uid)?.name;
    if (this.#nowMs() - this.#postponedMs >= POSTPONED_MS) {
      this.#postponedMs = this.#nowMs();
      this.#postpones(uid);
    }
    return undefined;
  }

  #ask(uid: number): void {
    if (this.#answers.size >= REMEMBERED) this.#makeRoom();
    const name = this.#lookUp(uid);
    this.#answers.set(uid, { name, untilMs: this.#nowMs() + (name === undefined ? UNKNOWN_MS : KNOWN_MS) });
  }

  /** Uids that somebody made up have no names: they don't push out those of users, who would go by their numbers again. */
  #makeRoom(): void {
    for (const [uid, { name }] of this.#answers) if (name === undefined) this.#answers.delete(uid);
    if (this.#answers.size > REMEMBERED / 2) this.#answers.clear();
  }
}
