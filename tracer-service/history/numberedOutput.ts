import type { TracerEvent } from "../../protocol/events.ts";
import type { EventOutput } from "../pipeline/eventOutput.ts";
import type { NumberReserve } from "./numberReserve.ts";

/** Tells a reserve of each number before its event goes to an output. */
export class NumberedOutput implements EventOutput {
  readonly #output: EventOutput;
  readonly #reserve: Pick<NumberReserve, "reach">;

  constructor(output: EventOutput, reserve: Pick<NumberReserve, "reach">) {
    this.#output = output;
    this.#reserve = reserve;
  }

  get saturated(): boolean {
    return this.#output.saturated;
  }

  whenWritable(): Promise<void> {
    return this.#output.whenWritable();
  }

  write(event: TracerEvent): void {
    this.#reserve.reach(event.seq);
    this.#output.write(event);
  }

  /** It has its number from an earlier run. */
  repeat(event: TracerEvent): void {
    this.#output.repeat?.(event);
  }
}
