import { expect, it } from "vitest";

import type { TracerEvent } from "../../../../protocol/events.ts";
import { constants } from "../../../../tracer-service/kernel/layout.ts";
import type { KernelLoss } from "../../../../tracer-service/kernel/lossCounters.ts";
import { LossTeller, type LossTellerParts } from "../../../../tracer-service/pipeline/lossTeller.ts";

/** A kernel that refuses to run programs, and finds when it is asked whose some of the execs were. */
class RefusingKernel {
  refused = 0;
  found = 0;
  asked = 0;
  readonly told: unknown[] = [];
  readonly state = { recursionTold: 0n };
  readonly teller = new LossTeller(this.#parts());

  recursionMisses(): bigint {
    return BigInt(this.refused - this.found);
  }

  findRefused(): void {
    this.asked++;
    this.found = Math.min(2, this.refused);
  }

  #parts(): LossTellerParts {
    const loss = (): KernelLoss => ({
      ...{ cgroupKey: 7n, owner: 3, reason: constants.LOST_EXEC_REFUSED, program: 0 },
      ...{ comm: { text: "", raw: undefined }, count: BigInt(this.found), firstNs: 1n, lastNs: 2n },
    });
    const losses = {
      total: () => BigInt(this.found),
      read: () => (this.found === 0 ? [] : [loss()]),
      readOverflow: () => [],
      told: () => undefined,
      forgotten: 0n,
      throttled: () => [],
      loginUid: () => undefined,
    };
    const unused = {
      provider: {},
      events: {
        lost: ({ cgroupKey, reason, count }: { cgroupKey: bigint; reason: string; count: number }) => ({
          cgroupKey,
          reason,
          count,
        }),
      },
      keeping: { whenKept: () => undefined },
      clock: { nowBootNs: () => 5n },
    };
    return {
      ...unused,
      kernel: Object.assign(this, { losses }),
      writer: {
        take: ({ loss: { cgroupKey, reason, count } }: { loss: KernelLoss }) =>
          this.told.push({ cgroupKey, reason, count }),
      },
      write: (event: TracerEvent) => this.told.push(event),
    } as unknown as LossTellerParts;
  }
}

it("tells refused execs as losses of whose they were, and only the rest as nobody's", () => {
  const kernel = new RefusingKernel();
  kernel.teller.tellNowAndThen();
  expect({ asked: kernel.asked, told: kernel.told }).toEqual({ asked: 0, told: [] });

  kernel.refused = 5;
  kernel.teller.findRefused();
  kernel.teller.tellLosses();
  kernel.teller.tellRecursion();
  expect(kernel.asked).toBe(1);
  expect(kernel.told).toEqual([
    { cgroupKey: 7n, reason: "recursion", count: 2 },
    { cgroupKey: 0n, reason: "recursion", count: 3 },
  ]);

  kernel.teller.findRefused();
  kernel.teller.tellLosses();
  kernel.teller.tellRecursion();
  expect({ asked: kernel.asked, told: kernel.told.length }).toEqual({ asked: 1, told: 2 });
});
