import type { RecordMemory } from "../kernel/ringBuffer.ts";

/** A field of 16 bits; `offset` in bytes, even. `Buffer`'s functions cost several times as much: they check their arguments. */
export function halfWordAt({ words }: RecordMemory, offset: number): number {
  return ((words[offset >> 2] ?? 0) >>> ((offset & 2) << 3)) & 0xffff;
}
