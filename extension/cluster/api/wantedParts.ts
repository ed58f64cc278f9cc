/** Which members of an object are wanted, by name: those of `true` whole. For a list it says so of each of its items. */
export type Wanted = true | { readonly [name: string]: Wanted };

/** `Wanted` with its names as the bytes that they have in JSON. */
export type WantedBytes = true | readonly WantedMember[];

interface WantedMember {
  readonly name: Uint8Array;
  readonly wanted: WantedBytes;
}

/** Names that need no escape in JSON: another way of writing them is not found. */
export function toBytes(wanted: Wanted): WantedBytes {
  if (wanted === true) return true;
  return Object.entries(wanted).map(([name, inner]) => ({ name: Buffer.from(name), wanted: toBytes(inner) }));
}

/** What is wanted of the member whose name is there; undefined: nothing. */
export function wantedMember(
  wanted: WantedBytes,
  bytes: Uint8Array,
  from: number,
  to: number,
): WantedBytes | undefined {
  if (wanted === true) return true;
  // Neither a text nor a view is made of names: there are a hundred in each of ten thousand objects.
  for (const member of wanted) if (isAt(member.name, bytes, from, to)) return member.wanted;
  return undefined;
}

function isAt(name: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let index = 0; index < name.length; index++) if (name[index] !== bytes[from + index]) return false;
  return true;
}

/** The entries that say the same of each of these names. */
export function each(names: readonly string[], wanted: Wanted = true): Readonly<Record<string, Wanted>> {
  return Object.fromEntries(names.map((name) => [name, wanted]));
}
