import { expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { hiding, withoutCapabilities } from "./support/poorNode.ts";
import { TracerService } from "./support/tracerService.ts";

interface Row {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly advice?: string;
}

function parseRows(stdout: string): { ok: boolean; rows: readonly Row[] } {
  const { ok, ...rest } = JSON.parse(stdout) as { ok: boolean } & Record<string, unknown>;
  const rows = Object.values(rest).find((value) => Array.isArray(value)) as readonly Row[];
  return { ok, rows };
}

describeKernel("tracer-service check", () => {
  it("finds that this node can be traced, and proves it by a self-test", async () => {
    const { code, stdout, stderr } = await TracerService.run(["check"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/ok +self-test +attached, ran a marker and saw it come back/);
    expect(stdout.trimEnd().split("\n").at(-1)).toMatch(/can be traced/);
  });

  it("tells the same as JSON", async () => {
    const { code, stdout } = await TracerService.run(["check", "--json"]);
    const { ok, rows } = parseRows(stdout);
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(rows.filter(({ status }) => status === "failed")).toEqual([]);
    expect(rows.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        "kernel",
        "BTF",
        "capabilities",
        "lockdown",
        "libbpf",
        "bpffs",
        "cgroups",
        "self-test",
      ]),
    );
  });

  it.each([
    { lack: "capabilities", row: "capabilities", through: withoutCapabilities, advice: /CAP_BPF/ },
    { lack: "BTF", row: "BTF", through: hiding("/sys/kernel/btf"), advice: /\/sys/ },
    { lack: "libbpf", row: "libbpf", through: hiding("libbpf.so.1"), advice: /libbpf1/ },
  ])("says what to do without $lack, exit 1", async ({ row, through, advice }) => {
    const json = await TracerService.run(["check", "--json"], { through });
    const { ok, rows } = parseRows(json.stdout);
    const failed = rows.find(({ name }) => name === row);
    expect({ code: json.code, ok, status: failed?.status }).toEqual({ code: 1, ok: false, status: "failed" });
    expect(failed?.advice).toMatch(advice);
    expect(rows.find(({ name }) => name === "self-test")?.status).not.toBe("ok");

    const table = await TracerService.run(["check"], { through });
    expect(table.code).toBe(1);
    expect(table.stdout).toContain(failed?.advice);
  });

  it("fails when the programs can't be loaded", async () => {
    const { code, stdout } = await TracerService.run(["check", "--json", "--bpf-object", "/no/object"]);
    const selfTest = parseRows(stdout).rows.find(({ name }) => name === "self-test");
    expect({ code, status: selfTest?.status }).toEqual({ code: 1, status: "failed" });
    expect(JSON.stringify(selfTest)).toContain("/no/object");
  });
});
