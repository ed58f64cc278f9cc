/** What a run has left of its numbers in the state directory, as `numbers.json`. */
export interface NumbersLeft {
  /** Names the run. */
  readonly run: string;
  /** Names the ring that its events came from. */
  readonly ring: string;
  /** No number above this one was given. Once the run has `ended` this one was. */
  readonly through: number;
  readonly ended: boolean;
}

/** Behind which numbers a run goes on. */
export interface NumbersBefore {
  /** Where the history of the runs before was opened: behind its last event, and this. */
  readonly withHistory: number;
  /** Where there is none, or a new one. */
  readonly without: number;
}

const MAX_TEXT = 1_024;
const MAX_NAME = 128;

/** A ring that outlives the service, and the number of the latest event that its reader state knows. */
export interface LastingRing {
  readonly name: string;
  readonly lastSeq: number;
}

/** Whether a run that noted that events were overtaken has left them in this ring. */
export function isOvertaken(
  left: NumbersLeft | undefined,
  ring: LastingRing | undefined,
  noted: boolean,
): boolean {
  return noted && left?.ended === false && left.ring === ring?.name;
}

/**
 * Behind which numbers a run goes on whose ring is `ring`. `overtaken`: the run before has told events in another order
 * than that in which they are in the ring.
 */
export function numbersAfter(
  left: NumbersLeft | undefined,
  ring: LastingRing | undefined,
  overtaken: boolean,
): NumbersBefore {
  const lastSeq = ring?.lastSeq ?? 0;
  if (left === undefined) return { withHistory: 0, without: lastSeq };
  // What is still in the ring gets the numbers that it had, as the log may have told them; in another order it can't.
  if (left.ring === ring?.name && !overtaken) return { withHistory: 0, without: lastSeq };
  const through = Math.max(left.through, lastSeq);
  // Also where the history was written until a crash: the log may have told more than its last commit holds.
  return { withHistory: left.through, without: through };
}

/** As the file's text. */
export function formatNumbersLeft({ run, ring, through, ended }: NumbersLeft): string {
  return `${JSON.stringify({ run, ring, through, ended })}\n`;
}

/** Reads the file's text. Throws one line when it is none. */
export function parseNumbersLeft(text: string): NumbersLeft {
  let value: unknown;
  try {
    if (text.length <= MAX_TEXT) value = JSON.parse(text);
  } catch (cause) {
    throw new Error("it is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null) throw new Error("it is no object, or too long");
  const { run, ring, through, ended } = value as Partial<Record<keyof NumbersLeft, unknown>>;
  if (!isName(run) || !isName(ring)) throw new Error("it does not name a run and its ring");
  if (!Number.isSafeInteger(through) || (through as number) < 0) throw new Error("it has no number");
  if (typeof ended !== "boolean") throw new Error("it does not say how it ended");
  return { run, ring, through: through as number, ended };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_NAME;
}
