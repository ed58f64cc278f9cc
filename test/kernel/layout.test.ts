import { readdirSync, readFileSync } from "node:fs";

import { describe, expect, it } from "vitest";

import { constants, layout } from "../../tracer-service/kernel/layout.ts";
import { readBtf } from "./support/btf.ts";
import { bpfObject } from "./support/tracedNode.ts";

const btf = readBtf(readFileSync(bpfObject));
const macros = readMacros(new URL("../../bpf/", import.meta.url));

describe("the layout that the service reads and writes", () => {
  it.each(Object.entries(layout))(
    "has the offsets of the compiled struct %s",
    (name, { size, ...offsets }) => {
      const struct = btf.structs.get(name);
      const members = Object.keys(offsets).map((member) => [member, struct?.members.get(member)]);
      expect({ size: struct?.size, ...Object.fromEntries(members) }).toEqual({ size, ...offsets });
    },
  );

  it.each(Object.entries(constants))("has the compiled value of %s", (name, value) => {
    expect(btf.constants.get(name) ?? macros.get(name)).toBe(value);
  });

  it.each(["record", "exec_record", "exit_record", "cgroup_record", "snapshot_record", "loss_key"])(
    "leaves out no member of %s",
    (name) => {
      const known = Object.keys(layout[name as keyof typeof layout]);
      // The size is the first word of a record; the head has a layout of its own.
      const members = [...(btf.structs.get(name)?.members.keys() ?? [])];
      expect(members.filter((member) => !["size", "head", "reserved", ...known].includes(member))).toEqual(
        [],
      );
      expect(members).not.toEqual([]);
    },
  );
});

/** The numbers that the headers define as macros: one, or the difference of two others. They leave no trace in BTF. */
function readMacros(folder: URL): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".h"))) {
    const source = readFileSync(new URL(name, folder), "utf8");
    for (const [, macro = "", number] of source.matchAll(/^#define (\w+) (0x[0-9a-f]+|-?\d+)u?$/gm)) {
      values.set(macro, Number(number));
    }
    for (const [, macro = "", left = "", right = ""] of source.matchAll(
      /^#define (\w+) \((\w+) - (\w+)\)$/gm,
    )) {
      values.set(macro, (values.get(left) ?? Number.NaN) - (values.get(right) ?? Number.NaN));
    }
  }
  return values;
}
