import { describe, expect, it } from "vitest";
import { LineSinkGate } from "../../../../tracer-service/output/lineSinkGate.ts";

describe("LineSinkGate", () => {
  it("saturates above the high-water mark and stays so down to the low-water mark", () => {
    const gate = new LineSinkGate(100, 40);
    const saturatedAt = [100, 101, 100, 41, 40, 100].map((pendingBytes) => {
      gate.update(pendingBytes);
      return gate.saturated;
    });
    expect(saturatedAt).toEqual([false, true, true, true, false, false]);
  });

  it("lets waiting producers go on at the low-water mark", async () => {
    const gate = new LineSinkGate(100, 40);
    gate.update(101);
    const waiting = [gate.whenOpen(), gate.whenOpen()];
    gate.update(40);
    await expect(Promise.all(waiting)).resolves.toHaveLength(2);
    await expect(gate.whenOpen()).resolves.toBeUndefined();
  });

  it("keeps producers waiting again when it saturates again", async () => {
    const gate = new LineSinkGate(100, 40);
    gate.update(101);
    gate.update(0);
    gate.update(101);
    const waiting = gate.whenOpen();
    gate.close(new Error("reader gone"));
    await expect(waiting).rejects.toThrow("reader gone");
  });

  it("is saturated for good once closed, and says why", async () => {
    const gate = new LineSinkGate(100, 40);
    gate.close(new Error("reader gone"));
    gate.update(0);
    expect(gate.saturated).toBe(true);
    await expect(gate.whenOpen()).rejects.toThrow("reader gone");
  });
});
