/** What is wrong with an expression, and what to write instead; `at` and `length` in UTF-16 units. */
export class FilterError extends Error {
  readonly at: number;
  readonly length: number;

  constructor(message: string, at: number, length: number) {
    super(message);
    this.at = at;
    this.length = length;
  }
}
