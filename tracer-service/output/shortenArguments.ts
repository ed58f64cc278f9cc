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
  /** As `shownBytes` counts them. */
  readonly #bytes: number;
  readonly #sources: readonly TextOrBytes[];
  /** Amount before each argument. */
  readonly #starts: readonly number[];
  /** Where the kernel's cut ends the head and begins the tail: the head and tail kept here never reach beyond it. */
  readonly #headMost: number;
  readonly #tailMost: number;

  constructor(whole: ShownArguments) {
    this.#whole = whole;
    this.#bytes = shownBytes(whole);
    this.#sources = whole.argv.map((text, index) => textOrBytes(text, whole.raw?.[index]));
    const starts: number[] = [];
    let length = 0;
    for (const source of this.#sources) {
      starts.push(length);
      length += source.length + 1;
    }
    this.length = length;
    this.#starts = starts;
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
      this.#sources[from.argument] ?? "",
      from.position,
      this.#sources[to.argument] ?? "",
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
    const gone = this.#bytes - (cut === undefined ? 0 : ELLIPSIS_BYTES) - (shownBytes(kept) - ELLIPSIS_BYTES);
    return { ...kept, cut: { argument: from.argument, missingBytes: gone + (cut?.missingBytes ?? 0) } };
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
    const source = this.#sources[argument] ?? "";
    const { argv, raw } = this.#whole;
    const middle = this.#bytes / 2;
    let bytes = shownBytes({ argv: argv.slice(0, argument), raw });
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

/** Bytes of arguments as they are shown, with a NUL behind each. */
function shownBytes({ argv, raw }: Pick<ShownArguments, "argv" | "raw">): number {
  if (raw === undefined) return argv.length === 0 ? 0 : Buffer.byteLength(argv.join("\0")) + 1;
  return argv.reduce((sum, text, index) => sum + byteLength(textOrBytes(text, raw[index])) + 1, 0);
}

function rawOrNothing(raw: readonly (string | null)[]): readonly (string | null)[] | undefined {
  return raw.some((each) => each !== null) ? raw : undefined;
}

function slice(source: TextOrBytes, start: number, end: number): TextOrBytes {
  return typeof source === "string" ? source.slice(start, end) : source.subarray(start, end);
}
