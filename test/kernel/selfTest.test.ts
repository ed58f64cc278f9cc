import { expect, it } from "vitest";

import { selfTest, type SelfTestScope } from "../../tracer-service/check/selfTest.ts";
import { openKernel } from "../../tracer-service/commands/assembly/openKernel.ts";
import type { KernelTracer } from "../../tracer-service/kernel/kernelTracer.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { bpfObject } from "./support/tracedNode.ts";

describeKernel("the self-test of check", () => {
  const open = (scope: SelfTestScope): KernelTracer =>
    openKernel(
      { bpfObject, ringSize: 1, processTable: 1024 },
      { ...scope, findSelf: true, onlyOwnChildren: true },
    ).kernel;

  it("loads and tries the programs in each shape that run may load", async () => {
    const scopes: SelfTestScope[] = [];
    const result = await selfTest((scope) => {
      scopes.push(scope);
      return open(scope);
    });
    expect(result).toMatchObject({ ok: true });
    expect(scopes.map((scope) => Object.keys(scope))).toEqual([
      ["loginUidRanges"],
      ["followPods"],
      ["followPidNamespaces"],
    ]);
  });

  it.each([
    ["followPods", /refused \(--identity kubernetes\)/],
    ["followPidNamespaces", /refused \(--pid-namespace and exectrace\)/],
  ] as const)(
    "fails where the kernel refuses them with %s, and says which way is closed",
    async (shape, says) => {
      const result = await selfTest((scope) => {
        if (scope[shape] === true) throw new Error("refused");
        return open(scope);
      });
      expect(result).toMatchObject({ ok: false, reason: says });
    },
  );

  it("fails where the marker is not seen", async () => {
    const blind = (scope: SelfTestScope): KernelTracer => {
      const kernel = open(scope);
      kernel.attach = () => undefined;
      return kernel;
    };
    expect(await selfTest(blind)).toMatchObject({ ok: false, reason: /the marker was not seen/ });
  });
});
