import type { TextPacker } from "./lineStore.ts";

/** Packs text with the browser's own deflate. */
export const deflatePacker: TextPacker = {
  async pack(text) {
    const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  },
  async unpack(bytes) {
    const stream = new Blob([bytes.slice()]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
  },
};
