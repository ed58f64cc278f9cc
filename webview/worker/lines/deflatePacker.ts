import type { TextPacker } from "./lineStore.ts";

/** Packs text with the browser's own deflate. */
export const deflatePacker: TextPacker = {
  async pack(text) {
    const parts = await through(
      new CompressionStream("deflate-raw"),
      new TextEncoder().encode(text),
      Infinity,
    );
    const packed = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
    let at = 0;
    for (const part of parts) {
      packed.set(part, at);
      at += part.length;
    }
    return packed;
  },
  async unpack(bytes, maxLength) {
    const parts = await through(new DecompressionStream("deflate-raw"), bytes, maxLength);
    const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
    return parts.map((part) => utf8.decode(part, { stream: true })).join("") + utf8.decode();
  },
};

/** What comes out of a stream that is given these bytes; throws when it is longer, or when they are not what it takes. */
async function through(
  { readable, writable }: CompressionStream | DecompressionStream,
  bytes: Uint8Array<ArrayBuffer>,
  maxLength: number,
): Promise<Uint8Array[]> {
  const writer = writable.getWriter();
  // What goes wrong is told by the reader, too.
  const written = Promise.allSettled([writer.write(bytes), writer.close()]);
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = readable.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    length += next.value.length;
    parts.push(next.value);
    if (length <= maxLength) continue;
    await reader.cancel();
    throw new Error(`packed lines are longer than the ${String(maxLength)} bytes that they should be`);
  }
  await written;
  return parts;
}
