import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HeldLane, TestLane } from "../../../scripts/testLane.mjs";

describe("HeldLane", () => {
  let written: string;

  beforeEach(() => {
    written = "";
    vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      written += String(text);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("shows what was written once it is released, and from then on at once", () => {
    const [shown, held] = [new TestLane(), new HeldLane()];
    held.write("held 1\n");
    shown.write("shown\n");
    held.write("held 2\n");
    expect(written).toBe("shown\n");
    held.release();
    expect(written).toBe("shown\nheld 1\nheld 2\n");
    held.write("held 3\n");
    expect(written).toBe("shown\nheld 1\nheld 2\nheld 3\n");
  });

  it("tells whether a script succeeded, with its output in its place", async () => {
    const held = new HeldLane();
    expect(await held.run("lint", ["--version"])).toBe(true);
    expect(await held.run("lint", ["--no-such-flag"])).toBe(false);
    held.write("after them\n");
    expect(written).toBe("");
    held.release();
    expect(written).toMatch(/^\n== lint ==\nv[0-9.]+\n\n== lint ==\n[^]*Invalid option[^]*\nafter them\n$/);
  });
});
