import type { Row } from "../../worker/workerMessages.ts";

/** They change with each row that comes or goes beside this one, and nobody sees them. */
const PLACE: ReadonlySet<string> = new Set<keyof Row>(["positionInSet", "setSize"]);

/**
 * Whether two rows look the same, wherever they are among their siblings: the model tells each row anew with every answer, and
 * most have not changed.
 */
export function sameContent(one: Row, other: Row | undefined): boolean {
  if (one === other) return true;
  return other !== undefined && sameFields(one, other, PLACE);
}

function sameFields(one: object, other: object, except?: ReadonlySet<string>): boolean {
  const names = Object.keys(one) as (keyof typeof one)[];
  return (
    names.length === Object.keys(other).length &&
    names.every((name) => except?.has(name) === true || sameValue(one[name], other[name]))
  );
}

function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null)
    return Object.is(one, other);
  return sameFields(one, other);
}
