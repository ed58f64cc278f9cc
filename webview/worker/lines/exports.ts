import { Exporter } from "./exporter.ts";
import type { ExportPart } from "./exporter.ts";
import type { LineStore } from "./lineStore.ts";
import { FLAG, GROUP } from "../tree/rowTable.ts";
import type { RowTable } from "../tree/rowTable.ts";

/** The exports that are under way, by their number. */
export class Exports {
  readonly #rows: RowTable;
  readonly #lines: LineStore;
  readonly #exporters = new Map<number, Exporter>();

  constructor(rows: RowTable, lines: LineStore) {
    this.#rows = rows;
    this.#lines = lines;
  }

  /** Takes what is there now: all of it, or what the filter shows. */
  start(id: number, scope: "shown" | "everything"): void {
    const rows = this.#rows;
    const wanted = (row: number): boolean =>
      rows.kind.get(row) !== GROUP && (scope === "everything" || rows.has(row, FLAG.matched));
    this.#exporters.set(id, new Exporter(rows, this.#lines, wanted));
  }

  cancel(id: number): void {
    this.#exporters.delete(id);
  }

  /** The next part; undefined when the export was cancelled, also while the part was being read. */
  async next(id: number): Promise<ExportPart | undefined> {
    const part = await this.#exporters.get(id)?.next();
    if (part === undefined || !this.#exporters.has(id)) return undefined;
    if (part.done) this.#exporters.delete(id);
    return part;
  }
}
