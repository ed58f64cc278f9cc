import type { EventKeeper } from "./ringKeeping.ts";

/** Takes an event for kept when each of several keepers does; at once, when there is none. */
export class AllKeepers implements EventKeeper {
  readonly #keepers: readonly EventKeeper[];
  #marked = 0n;

  constructor(keepers: readonly EventKeeper[]) {
    this.#keepers = keepers;
  }

  get keptPosition(): bigint {
    return this.#keepers.reduce(
      (least, { keptPosition }) => (keptPosition < least ? keptPosition : least),
      this.#marked,
    );
  }

  mark(position: bigint): void {
    this.#marked = position;
    for (const keeper of this.#keepers) keeper.mark(position);
  }

  flush(): void {
    for (const keeper of this.#keepers) keeper.flush();
  }
}
