import { describe, expect, it } from "vitest";

import { AllKeepers } from "../../../../tracer-service/pipeline/allKeepers.ts";
import { RingKeeping, type EventKeeper } from "../../../../tracer-service/pipeline/ringKeeping.ts";

/** A keeper that keeps when the test says so. */
class SlowKeeper implements EventKeeper {
  keptPosition = 0n;
  marked = 0n;

  mark(position: bigint): void {
    this.marked = position;
  }

  flush(): void {
    this.keptPosition = this.marked;
  }
}

/** A ring, and what was left to its next reader. */
class FakeRing {
  readonly ringBase: bigint;
  position = 0n;
  released = 0n;
  readonly kept: [position: bigint, seq: number][] = [];
  readonly state = {
    keep: (position: bigint, seq: number): void => {
      this.kept.push([position, seq]);
    },
  };

  constructor(ringBase = 0n) {
    this.ringBase = ringBase;
  }

  get ring(): { readonly position: bigint; release(position: bigint): void } {
    return {
      position: this.position,
      release: (position) => {
        this.released = position;
      },
    };
  }
}

describe("RingKeeping", () => {
  it("lets nothing leave the ring before it is kept, and notes the number that belongs to the position", () => {
    const keeper = new SlowKeeper();
    const source = new FakeRing(1000n);
    const keeping = new RingKeeping(keeper);
    source.position = 100n;
    keeping.mark(source, 3);
    source.position = 200n;
    keeping.mark(source, 7);
    expect(source).toMatchObject({ released: 0n, kept: [] });
    keeper.keptPosition = 1100n;
    keeping.release();
    expect(source).toMatchObject({ released: 100n, kept: [[1100n, 3]] });
    keeping.flush();
    keeping.release();
    expect(source).toMatchObject({ released: 200n });
    expect(source.kept.at(-1)).toEqual([1200n, 7]);
  });

  it("has what hangs on an event happen when a record behind it is kept", () => {
    const keeper = new SlowKeeper();
    const source = new FakeRing();
    const keeping = new RingKeeping(keeper);
    const done: string[] = [];
    source.position = 100n;
    keeping.mark(source, 1);
    keeping.whenKept(() => done.push("told"));
    keeping.flush();
    keeping.release();
    // The event came after this position.
    expect(done).toEqual([]);
    source.position = 200n;
    keeping.mark(source, 2);
    keeping.flush();
    keeping.release();
    expect(done).toEqual(["told"]);
  });

  it("has everything happen at the end that was kept, and nothing where it was not", () => {
    for (const isKept of [true, false]) {
      const keeper = new SlowKeeper();
      const source = new FakeRing();
      const keeping = new RingKeeping(keeper);
      const done: string[] = [];
      source.position = 100n;
      keeping.mark(source, 1);
      keeping.whenKept(() => done.push("told"));
      if (isKept) keeping.flush();
      keeping.finish();
      expect(done).toEqual(isKept ? ["told"] : []);
    }
  });

  it("takes nothing for kept while an event waits, but for half of the ring", () => {
    const keeper = new SlowKeeper();
    const source = new FakeRing();
    let waiting = true;
    const keeping = new RingKeeping(keeper, () => !waiting);
    source.position = 100n;
    keeping.mark(source, 1);
    keeping.flush();
    expect(keeper.keptPosition).toBe(0n);
    // To the ring: as little as there must be.
    expect(source.released).toBe(0n);
    waiting = false;
    keeping.mark(source, 2);
    keeping.flush();
    keeping.release();
    expect(source).toMatchObject({ released: 100n, kept: [[100n, 2]] });
  });

  it("does at once what hangs on an event where nothing is kept", () => {
    const done: string[] = [];
    new RingKeeping(undefined).whenKept(() => done.push("told"));
    expect(done).toEqual(["told"]);
  });
});

describe("AllKeepers", () => {
  it("has kept what each of them has", () => {
    const [first, second] = [new SlowKeeper(), new SlowKeeper()];
    const keepers = new AllKeepers([first, second]);
    keepers.mark(10n);
    first.flush();
    expect(keepers.keptPosition).toBe(0n);
    second.flush();
    expect(keepers.keptPosition).toBe(10n);
  });

  it("has kept all that was marked when there is none", () => {
    const keepers = new AllKeepers([]);
    keepers.mark(10n);
    expect(keepers.keptPosition).toBe(10n);
  });
});
