const GROUP_BYTES = 3;
const GROUP_CHARACTERS = 4;
const PADDING = 0x3d;

/**
 * Base64 of pieces of some bytes, `count` of them, by where each starts and ends. There may be thousands, of a byte each,
 * for which a call of the encoder costs many times its work: it is called once, for all side by side, in whole groups.
 */
export function base64Each(bytes: Buffer, starts: Uint32Array, ends: Uint32Array, count: number): string[] {
  const groups = new Uint32Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    groups[i] = ((ends[i] ?? 0) - (starts[i] ?? 0) + GROUP_BYTES - 1) / GROUP_BYTES;
    total += groups[i] ?? 0;
  }
  const filled = Buffer.alloc(total * GROUP_BYTES);
  for (let i = 0, group = 0; i < count; group += groups[i++] ?? 0) {
    const start = starts[i] ?? 0;
    const length = (ends[i] ?? 0) - start;
    const to = group * GROUP_BYTES;
    for (let at = 0; at < length; at++) filled[to + at] = bytes[start + at] ?? 0;
  }
  const encoded = Buffer.from(filled.toString("base64"), "latin1");
  for (let i = 0, group = 0; i < count; i++) {
    group += groups[i] ?? 0;
    const lacking = (groups[i] ?? 0) * GROUP_BYTES - ((ends[i] ?? 0) - (starts[i] ?? 0));
    for (let back = 1; back <= lacking; back++) encoded[group * GROUP_CHARACTERS - back] = PADDING;
  }
  const text = encoded.toString("latin1");
  const texts: string[] = [];
  for (let i = 0, from = 0; i < count; i++) {
    const to = from + (groups[i] ?? 0) * GROUP_CHARACTERS;
    texts.push(text.substring(from, to));
    from = to;
  }
  return texts;
}
