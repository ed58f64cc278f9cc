import { describe, expect, it } from "vitest";
import { formatCheckJson } from "../../../../tracer-service/check/formatCheckJson.ts";
import {
  failed,
  ok,
  skipped,
  warning,
  type RequirementResult,
} from "../../../../tracer-service/check/requirement.ts";

const kernel: RequirementResult = { name: "kernel", ...ok("6.1.0") };
const bpffs: RequirementResult = { name: "bpffs", ...warning("not mounted", "mount it") };
const btf: RequirementResult = { name: "BTF", ...failed("missing", "use another kernel") };
const config: RequirementResult = { name: "kernel options", ...skipped("not visible") };

describe("formatCheckJson", () => {
  it.each([
    ["holds", [kernel], true],
    ["holds with warnings and rows that were not examined", [kernel, bpffs, config], true],
    ["does not hold after a failure", [kernel, btf, bpffs], false],
  ])("%s", (_, requirements, holds) => {
    const text = formatCheckJson(requirements);
    expect(JSON.parse(text)).toEqual({ ok: holds, requirements });
    expect(text.endsWith("}\n")).toBe(true);
  });
});
