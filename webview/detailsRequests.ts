import type { RowDetails } from "./worker/workerMessages.ts";

/** Questions to the model about rows, each answered to who asked; a row that is gone is never answered. */
export class DetailsRequests {
  readonly #ask: (row: number) => void;
  readonly #waiting: { readonly row: number; readonly take: (details: RowDetails) => void }[] = [];

  constructor(ask: (row: number) => void) {
    this.#ask = ask;
  }

  /** Asks for all that is known of a row. */
  ask(row: number, take: (details: RowDetails) => void): void {
    this.#waiting.push({ row, take });
    this.#ask(row);
  }

  /** The model's answer; undefined: the row is gone. Answers come in the order of the questions. */
  answer(details: RowDetails | undefined): void {
    const answered = this.#waiting.findIndex(({ row }) => details === undefined || row === details.row);
    const [waiting] = answered === -1 ? [] : this.#waiting.splice(answered, 1);
    if (details !== undefined) waiting?.take(details);
  }
}
