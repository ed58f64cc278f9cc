import type { EventSource } from "./eventSource.ts";

/** What tells a source from others of the same name. */
export type NamedSource = Pick<EventSource, "id" | "name" | "place">;

/** The name of a source, with its place where another one of `all` has the same name. */
export function distinctName({ id, name, place }: NamedSource, all: readonly NamedSource[]): string {
  const isAlone = all.every((other) => other.id === id || other.name !== name);
  return place === undefined || isAlone ? name : `${name} (${place})`;
}
