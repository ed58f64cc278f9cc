import { describe, expect, it } from "vitest";
import { Turns } from "../../../../../extension/cluster/api/turns.ts";
import { turn } from "../fakeApiServer.ts";

describe("Turns", () => {
  it("lets so many run at a time, in order, also after one that fails", async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    const ends = new Map<number, (error?: Error) => void>();
    const done = [1, 2, 3, 4].map((n) =>
      turns
        .run(
          () =>
            new Promise<number>((resolve, reject) => {
              begun.push(n);
              ends.set(n, (error) => {
                if (error === undefined) resolve(n);
                else reject(error);
              });
            }),
        )
        .catch((error: unknown) => String(error)),
    );
    await turn();
    expect(begun).toEqual([1, 2]);
    ends.get(2)?.(new Error("no"));
    await turn();
    expect(begun).toEqual([1, 2, 3]);
    ends.get(1)?.();
    ends.get(3)?.();
    await turn();
    ends.get(4)?.();
    expect(await Promise.all(done)).toEqual([1, "Error: no", 3, 4]);
  });
});
