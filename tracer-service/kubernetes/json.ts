/** An object from the API server's JSON, of which nothing is known yet. */
export type Json = Readonly<Record<string, unknown>>;

/** The value when it is an object, else an empty one. */
export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** The objects of a list, at most `most`; none when it is no list. */
export function objectsOf(value: unknown, most: number): readonly Json[] {
  return Array.isArray(value) ? value.slice(0, most).map(objectOf) : [];
}

/** A text of 1 to `most` characters, else undefined. */
export function textOf(value: unknown, most: number): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= most ? value : undefined;
}
