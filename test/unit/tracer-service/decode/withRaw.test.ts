import { describe, expect, it } from "vitest";

import { withRaw } from "../../../../tracer-service/decode/withRaw.ts";

const broken = { text: "\ufffd", raw: "/w==" };
const whole = { text: "a", raw: undefined };

describe("withRaw", () => {
  it("adds the bytes of what text can't show to those that are there", () => {
    const kept = { argv: [null, "gA=="] };
    expect(withRaw(kept, { cgroup: broken, comm: whole, program: undefined })).toEqual({
      argv: [null, "gA=="],
      cgroup: "/w==",
    });
    expect(kept).toEqual({ argv: [null, "gA=="] });
  });

  it("leaves all as it is where text shows everything", () => {
    const kept = { cwd: "/w==" };
    expect(withRaw(kept, { cgroup: whole })).toBe(kept);
    expect(withRaw(undefined, { cgroup: whole })).toBeUndefined();
  });
});
