import type { LineStore } from "./lineStore.ts";
import { NONE } from "../tree/rowTable.ts";
import type { RowTable } from "../tree/rowTable.ts";

const PART_LENGTH = 1_000_000;

/** A part of an export. */
export interface ExportPart {
  readonly lines: string;
  /** Events told so far, this part included. */
  readonly events: number;
  /** With those that had gone by the time they were to be told. */
  readonly totalEvents: number;
  readonly done: boolean;
}

/** Reads out the log lines of rows in the order of time, part by part, whenever somebody asks for the next. */
export class Exporter {
  readonly #lines: LineStore;
  readonly #rows: RowTable;
  readonly #order: Float64Array;
  #at = 0;
  #told = 0;

  /** Takes those rows that `wanted` lets through now: their ends and losses with them. */
  constructor(rows: RowTable, lines: LineStore, wanted: (row: number) => boolean) {
    this.#rows = rows;
    this.#lines = lines;
    const times: number[] = [];
    const entries: number[] = [];
    for (let row = 0; row < rows.length; row++) {
      if (!rows.isUsed(row) || !wanted(row)) continue;
      if (rows.line.get(row) !== NONE) {
        entries.push(rows.idOf(row));
        times.push(rows.start.get(row));
      }
      if (rows.exitLine.get(row) !== NONE) {
        entries.push(-rows.idOf(row));
        times.push(rows.end.get(row));
      }
    }
    const order = Float64Array.from(entries.keys());
    order.sort((one, other) => (times[one] ?? 0) - (times[other] ?? 0) || one - other);
    this.#order = order.map((entry) => entries[entry] ?? 0);
  }

  /** The next part, of about a megabyte. Rows that have gone meanwhile are left out. */
  async next(): Promise<ExportPart> {
    const parts: string[] = [];
    let length = 0;
    while (this.#at < this.#order.length && length < PART_LENGTH) {
      const entry = this.#order[this.#at++] ?? 0;
      const row = this.#rows.rowOf(Math.abs(entry));
      if (row === NONE) continue;
      const line = entry > 0 ? this.#rows.line.get(row) : this.#rows.exitLine.get(row);
      const text = line === NONE ? undefined : await this.#lines.read(line);
      if (text === undefined) continue;
      this.#told++;
      parts.push(text, "\n");
      length += text.length + 1;
    }
    return {
      lines: parts.join(""),
      events: this.#told,
      totalEvents: this.#order.length,
      done: this.#at >= this.#order.length,
    };
  }
}
