import { isUtf8 } from "node:buffer";

/** Text that a process chose, and its bytes in base64 where the text can't show them. */
export interface DecodedText {
  readonly text: string;
  readonly raw: string | undefined;
}

/** Decodes UTF-8; what is not becomes U+FFFD, and then the bytes are kept beside it. */
export function decodeText(bytes: Buffer): DecodedText {
  return { text: bytes.toString("utf8"), raw: isUtf8(bytes) ? undefined : bytes.toString("base64") };
}

/** How many bytes at the end begin a UTF-8 character that is not complete: 0 … 3. */
export function incompleteTail(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    // No character begins with 0xc0, 0xc1 or a byte above 0xf4.
    const wanted = byte > 0xf4 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;
    return wanted > back ? back : 0;
  }
  return 0;
}

/** How many bytes at the start continue a UTF-8 character whose beginning is missing: 0 … 3. */
export function continuationHead(bytes: Buffer): number {
  let count = 0;
  while (count < Math.min(3, bytes.length) && ((bytes[count] ?? 0) & 0xc0) === 0x80) count++;
  return count;
}
