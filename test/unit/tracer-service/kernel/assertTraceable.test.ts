import { describe, expect, it } from "vitest";

import { assertTraceable } from "../../../../tracer-service/kernel/assertTraceable.ts";

describe("assertTraceable", () => {
  it.each(["5.8.0", "5.10.0-28-amd64", "6.18.44", "7.0.0-rc1", "4.18.0-513.el8.x86_64", "unknown"])(
    "takes %s with BTF",
    (release) => {
      expect(() => {
        assertTraceable(release, true);
      }).not.toThrow();
    },
  );

  it.each(["5.7.19", "4.19.0-26-amd64", "5.4.17-2136.el8uek.x86_64"])(
    "refuses %s, and says what to do",
    (release) => {
      expect(() => {
        assertTraceable(release, true);
      }).toThrow(`this kernel is ${release}: tracing needs Linux 5.8 or newer; boot a newer kernel`);
    },
  );

  it("refuses a kernel without BTF, and says what to do", () => {
    expect(() => {
      assertTraceable("6.1.0", false);
    }).toThrow(
      /^this kernel \(6\.1\.0\) shows no BTF .*: use one that is built with CONFIG_DEBUG_INFO_BTF=y$/,
    );
  });
});
