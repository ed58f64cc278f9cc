/** Place in the list of the row that an event happened on. */
export function rowIndexOf(event: Event): number | undefined {
  return numberOf(event, "index");
}

/** Id of the row that an event happened on. */
export function rowIdOf(event: Event): number | undefined {
  return numberOf(event, "row");
}

function numberOf(event: Event, name: "index" | "row"): number | undefined {
  const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-index]") : null;
  const value = row?.dataset[name];
  return value === undefined ? undefined : Number(value);
}
