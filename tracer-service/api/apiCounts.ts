/** What the API has done since it was opened, for metrics. */
export class ApiCounts {
  readonly #refused = new Map<string, number>();
  readonly #closed = new Map<number, number>();

  /** By refusal code. */
  get refused(): ReadonlyMap<string, number> {
    return this.#refused;
  }

  /** Streams that have ended, by WebSocket close code; 1006: the connection broke or was found dead. */
  get closed(): ReadonlyMap<number, number> {
    return this.#closed;
  }

  refuse(code: string): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
  }

  close(code: number): void {
    this.#closed.set(code, (this.#closed.get(code) ?? 0) + 1);
  }
}
