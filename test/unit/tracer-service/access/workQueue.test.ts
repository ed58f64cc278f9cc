import { describe, expect, it } from "vitest";

import { WorkQueue } from "../../../../tracer-service/access/workQueue.ts";

describe("WorkQueue", () => {
  it("runs so many at a time, lets so many wait, and refuses more", async () => {
    const queue = new WorkQueue(2, 1);
    const tasks = Array.from({ length: 4 }, () => Promise.withResolvers<number>());
    let running = 0;
    let most = 0;
    const run = (index: number): Promise<number> =>
      queue.run(async () => {
        most = Math.max(most, ++running);
        const result = await (tasks[index]?.promise ?? 0);
        running--;
        return result;
      });
    const [first, second, third] = [run(0), run(1), run(2)];
    await expect(run(3)).rejects.toThrow(/too many/);
    expect(running).toBe(2);
    tasks[0]?.resolve(10);
    expect(await first).toBe(10);
    tasks[1]?.resolve(11);
    tasks[2]?.resolve(12);
    expect([await second, await third, most, running]).toEqual([11, 12, 2, 0]);
  });

  it("goes on after a task that fails", async () => {
    const queue = new WorkQueue(1, 5);
    const failed = queue.run(() => Promise.reject(new Error("no")));
    const next = queue.run(() => Promise.resolve("next"));
    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("next");
    expect(await queue.run(() => Promise.resolve("last"))).toBe("last");
  });
});
