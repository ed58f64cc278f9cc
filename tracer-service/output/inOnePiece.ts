/**
 * The same text in one piece. What was put together of parts is kept by the engine as a tree of them, and gone through
 * anew each time that it is part of a line.
 */
export function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}
