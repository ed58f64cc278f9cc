import { describe, expect, it } from "vitest";
import { InternTable } from "../../../../../webview/worker/tree/internTable.ts";

describe("InternTable", () => {
  it("gives equal texts one number until the last use, and that number to another only after recycling", () => {
    const table = new InternTable<string>();
    const upper = (key: string): string => key.toUpperCase();
    const first = table.take("one", upper);
    expect(table.take("one", upper)).toBe(first);
    expect(table.value(first)).toBe("ONE");
    table.release(first);
    expect(table.value(first)).toBe("ONE");
    table.release(first);
    expect(() => table.value(first)).toThrow("used after its end");
    expect(table.weight).toBe(0);
    expect(table.take("two", upper)).not.toBe(first);
    table.recycle();
    expect(table.take("three", upper)).toBe(first);
    expect(table.weight).toBe(8);
  });
});
