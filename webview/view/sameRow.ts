import type { Row } from "../worker/workerMessages.ts";

/** Whether two rows look the same: the model tells each row anew with every answer, and most have not changed. */
export function sameRow(one: Row, other: Row | undefined): boolean {
  if (one === other) return true;
  return other !== undefined && sameFields(one, other);
}

function sameFields(one: object, other: object): boolean {
  const names = Object.keys(one) as (keyof typeof one)[];
  return (
    names.length === Object.keys(other).length && names.every((name) => sameValue(one[name], other[name]))
  );
}

function sameValue(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null)
    return Object.is(one, other);
  return sameFields(one, other);
}
