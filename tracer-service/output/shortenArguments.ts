import type { ArgumentCut } from "../../protocol/events.ts";
import { ELLIPSIS, byteLength, joinPieces, textOrBytes } from "./shortenText.ts";
import type { TextOrBytes } from "./shortenText.ts";

const ELLIPSIS_BYTES = Buffer.byteLength(ELLIPSIS);

/** Arguments as an exec event holds them. */
export interface ShownArguments {
  readonly argv: readonly string[];
  /** Base64 of those that are not UTF-8, null for the others. */
  readonly raw: readonly (string | null)[] | undefined;
  readonly cut: ArgumentCut | undefined;
}

/** A place between two characters: an argument and a position in it. */
interface Place {
  readonly argument: number;
  readonly position: number;
}

/**
 * Cuts the middle out of a list of arguments. Amounts are UTF-16 units (bytes, of arguments that are not UTF-8),
 * and one for the separator behind each argument.
 */
export class ArgumentShortener {
  /** Amount of everything. */
  readonly length: number;

  readonly #whole: ShownArguments;
  /** Amount before each argument. */
  readonly #starts: readonly number[];
  /** Bytes before each argument as it is shown, with a NUL behind each, and at the end those of all. */
  readonly #byteStarts: readonly number[];
  /** Where the kernel's cut ends the head and begins the tail: the head and tail kept here never reach beyond it. */
  readonly #headMost: number;
  readonly #tailMost: number;

  constructor(whole: ShownArguments) {
    this.#whole = whole;
    const starts: number[] = [];
    const byteStarts: number[] = [];
    let [length, bytes] = [0, 0];
    whole.argv.forEach((text, index) => {
      starts.push(length);
      byteStarts.push(bytes);
      const size = shownBytes(text, whole.raw?.[index]);
      length += (typeof whole.raw?.[index] === "string" ? size : text.length) + 1;
      bytes += size + 1;
    });
    this.length = length;
    this.#starts = starts;
    this.#byteStarts = [...byteStarts, bytes];
    const gap = whole.cut === undefined ? undefined : this.#findGap(whole.cut.argument);
    this.#headMost = gap?.start ?? length;
    this.#tailMost = gap === undefined ? length : length - gap.end;
  }

  /** Keeps `amount` of the arguments, half of it from each end as far as there is that much; all of them from `length` on. */
  keep(amount: number): ShownArguments {
    if (amount >= this.length) return this.#whole;
    const head = Math.min(this.#headMost, Math.max(Math.ceil(amount / 2), amount - this.#tailMost));
    const tail = Math.min(this.#tailMost, amount - head);
    const from = this.#place(head);
    const to = this.#place(this.length - Math.max(tail, 1));
    const joined = joinPieces(
      this.#source(from.argument),
      from.position,
      this.#source(to.argument),
      to.position,
    );
    const { argv, raw, cut } = this.#whole;
    const around = <T>(list: readonly T[], middle: T): T[] => [
      ...list.slice(0, from.argument),
      middle,
      ...list.slice(to.argument + 1),
    ];
    const kept = {
      argv: around(argv, joined.text),
      raw: raw === undefined ? undefined : rawOrNothing(around(raw, joined.raw ?? null)),
    };
    const shown = shownBytes(joined.text, joined.raw) - ELLIPSIS_BYTES + 1;
    const whole = this.#bytesBefore(to.argument + 1) - this.#bytesBefore(from.argument);
    const gone = whole - (cut === undefined ? 0 : ELLIPSIS_BYTES) - shown;
    return { ...kept, cut: { argument: from.argument, missingBytes: gone + (cut?.missingBytes ?? 0) } };
  }

  #source(argument: number): TextOrBytes {
    return textOrBytes(this.#whole.argv[argument] ?? "", this.#whole.raw?.[argument]);
  }

  #bytesBefore(argument: number): number {
    return this.#byteStarts[argument] ?? 0;
  }

  #place(amount: number): Place {
    let argument = 0;
    while ((this.#starts[argument + 1] ?? Infinity) <= amount) argument++;
    return { argument, position: amount - (this.#starts[argument] ?? 0) };
  }

  /**
   * The ellipsis that stands for the kernel's cut. The argument may hold others, written by the user; the kernel
   * keeps as many bytes before its cut as behind it, so its own is the one nearest to the middle.
   */
  #findGap(argument: number): { start: number; end: number } | undefined {
    const source = this.#source(argument);
    const middle = this.#bytesBefore(this.#whole.argv.length) / 2;
    let bytes = this.#bytesBefore(argument);
    let nearest: number | undefined;
    let distance = Infinity;
    let from = 0;
    for (let at = source.indexOf(ELLIPSIS); at >= 0; at = source.indexOf(ELLIPSIS, at + 1)) {
      bytes += byteLength(slice(source, from, at));
      from = at;
      if (Math.abs(bytes - middle) >= distance) continue;
      distance = Math.abs(bytes - middle);
      nearest = at;
    }
    if (nearest === undefined) return undefined;
    const start = (this.#starts[argument] ?? 0) + nearest;
    return { start, end: start + (typeof source === "string" ? ELLIPSIS.length : ELLIPSIS_BYTES) };
  }
}

/** Bytes of an argument as it is shown. There may be thousands: none is decoded for it. */
function shownBytes(text: string, raw: string | null | undefined): number {
  return typeof raw === "string" ? Buffer.byteLength(raw, "base64") : Buffer.byteLength(text);
}

function rawOrNothing(raw: readonly (string | null)[]): readonly (string | null)[] | undefined {
  return raw.some((each) => each !== null) ? raw : undefined;
}

function slice(source: TextOrBytes, start: number, end: number): TextOrBytes {
  return typeof source === "string" ? source.slice(start, end) : source.subarray(start, end);
}
