/** A piece of a regular expression: an escape, a class, or any one character. */
const PIECE = /\\.|\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\]|[^]/gsu;
/** A repetition right after a piece. */
const REPETITION = /(?:[*?+]|\{\d+(?:,\d*)?\})\??/y;

/**
 * The longest text that every match of a regular expression contains, found where that is easy: what stands outside of
 * groups and classes. Undefined where there may be none, or where its case is not certain.
 */
export function requiredLiteral(source: string): string | undefined {
  // Flags within the pattern, and `\Q…\E`, change what characters mean.
  if (/\(\?[^:P<]|\\[QE]|[^\t -~]/.test(source)) return undefined;
  let best = "";
  let run = "";
  let depth = 0;
  const endRun = (): void => {
    if (run.length > best.length) best = run;
    run = "";
  };
  PIECE.lastIndex = 0;
  for (let match = PIECE.exec(source); match !== null; match = PIECE.exec(source)) {
    const [piece] = match;
    if (piece === "(") depth++;
    if (piece === ")") depth--;
    if (piece === "|" && depth === 0) return undefined;
    REPETITION.lastIndex = PIECE.lastIndex;
    const repetition = REPETITION.exec(source)?.[0];
    const character = depth === 0 ? literalOf(piece) : undefined;
    if (character === undefined) {
      // What `\x41`, `\pL` and such begin with is an escape, but what follows belongs to it.
      if (/^\\[xpP0-9]/.test(piece)) return undefined;
      endRun();
    } else if (repetition === undefined) run += character;
    else {
      if (repetition.startsWith("+")) run += character;
      endRun();
    }
    if (repetition !== undefined) PIECE.lastIndex += repetition.length;
  }
  endRun();
  return best.length >= 2 ? best : undefined;
}

function literalOf(piece: string): string | undefined {
  if (piece.length === 1) return /[\^$.*+?()[\]{}|\\]/.test(piece) ? undefined : piece;
  return /^\\[^A-Za-z0-9]$/.test(piece) ? piece.slice(1) : undefined;
}
