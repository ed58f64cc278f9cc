import { describe, expect, it } from "vitest";
import { exitCode } from "../../../../tracer-service/check/checkVerdict.ts";
import type { RequirementResult } from "../../../../tracer-service/check/requirement.ts";
import { runRequirements, type SelfTest } from "../../../../tracer-service/check/runRequirements.ts";
import { fixtureFacts, type FixtureNode } from "./fixtureFacts.ts";
import * as nodes from "./fixtureNodes.ts";

const passes: SelfTest = () => Promise.resolve({ ok: true, detail: "an exec came back" });

function notOk(results: readonly RequirementResult[]): Record<string, string> {
  return Object.fromEntries(
    results.filter(({ status }) => status !== "ok").map(({ name, status }) => [name, status]),
  );
}

const cases: [name: string, node: FixtureNode, expected: Record<string, string>][] = [
  ["a Debian 12 host", nodes.debianHost, {}],
  ["a micro VM", nodes.microVm, {}],
  ["Container-Optimized OS", nodes.containerOptimizedOs, {}],
  ["Red Hat Enterprise Linux 8", nodes.redHat8, { kernel: "warning" }],
  ["WSL2", nodes.wsl2, { "kernel options": "warning", "PID namespace": "warning" }],
  [
    "Ubuntu 20.04 with Linux 5.4",
    nodes.ubuntu54,
    { kernel: "failed", BTF: "failed", libbpf: "failed", "self-test": "skipped" },
  ],
  ["lockdown=confidentiality", nodes.lockedDown, { lockdown: "failed", "self-test": "skipped" }],
  ["a kernel without BTF", nodes.withoutBtf, { BTF: "failed", "self-test": "skipped" }],
  [
    "a container without capabilities",
    nodes.plainContainer,
    {
      "kernel options": "skipped",
      capabilities: "failed",
      "running processes": "warning",
      "PID namespace": "warning",
      cgroups: "warning",
      bpffs: "warning",
      "self-test": "skipped",
    },
  ],
  [
    "a rootless container",
    nodes.rootlessContainer,
    {
      "kernel options": "skipped",
      "user namespace": "failed",
      "PID namespace": "warning",
      cgroups: "warning",
      bpffs: "warning",
      "self-test": "skipped",
    },
  ],
  [
    "a node without /proc and /sys",
    { files: {} },
    {
      kernel: "failed",
      BTF: "failed",
      "kernel options": "skipped",
      "user namespace": "skipped",
      capabilities: "failed",
      "locked memory": "skipped",
      seccomp: "skipped",
      "running processes": "failed",
      "PID namespace": "skipped",
      cgroups: "failed",
      bpffs: "failed",
      "self-test": "skipped",
    },
  ],
];

describe("runRequirements", () => {
  it.each(cases)("finds what %s lacks", async (_, node, expected) => {
    const results = await runRequirements(fixtureFacts(node), passes);
    expect(notOk(results)).toEqual(expected);
    expect(exitCode(results)).toBe(Object.values(expected).includes("failed") ? 1 : 0);
  });

  it.each(cases)(
    "says what to do about each failure and warning of %s, and nothing else",
    async (_, node) => {
      for (const result of await runRequirements(fixtureFacts(node), passes)) {
        const needed = result.status === "failed" || result.status === "warning";
        expect([result.name, result.advice !== undefined]).toEqual([result.name, needed]);
        expect(`${result.found}${result.advice ?? ""}`).not.toMatch(/\n|undefined/);
      }
    },
  );

  it("puts the self-test last and shows what it saw", async () => {
    const results = await runRequirements(fixtureFacts(nodes.debianHost), passes);
    expect(results.at(-1)).toEqual({ name: "self-test", status: "ok", found: "an exec came back" });
  });

  it.each<[string, SelfTest, string]>([
    [
      "fails",
      () => Promise.resolve({ ok: false, reason: "the kernel refused: EPERM" }),
      "the kernel refused: EPERM",
    ],
    ["rejects", () => Promise.reject(new Error("no such map")), "no such map"],
  ])("fails when all else holds and the self-test %s", async (_, selfTest, found) => {
    const results = await runRequirements(fixtureFacts(nodes.debianHost), selfTest);
    expect(results.at(-1)).toMatchObject({ name: "self-test", status: "failed", found });
    expect(results.at(-1)?.advice).toContain("seccomp");
    expect(exitCode(results)).toBe(1);
  });

  it.each([
    [
      "the verifier refuses the programs",
      "the kernel did not take the BPF programs: EINVAL: invalid access",
      /verifier.*uname -a/,
    ],
    ["permission is missing", "the kernel did not take the BPF programs: EPERM: it needs root", /seccomp/],
  ])("says what to do when %s", async (_, reason, advice) => {
    const results = await runRequirements(fixtureFacts(nodes.debianHost), () =>
      Promise.resolve({ ok: false, reason }),
    );
    expect(results.at(-1)?.advice).toMatch(advice);
  });

  it("does not run the self-test when something failed, and says what", async () => {
    let ran = false;
    const results = await runRequirements(fixtureFacts(nodes.ubuntu54), () => {
      ran = true;
      return passes();
    });
    expect(ran).toBe(false);
    expect(results.at(-1)?.found).toBe("pointless: kernel, BTF, libbpf failed");
  });

  it("lets the self-test decide on a kernel that Red Hat carries BPF back into", async () => {
    const refuses: SelfTest = () => Promise.resolve({ ok: false, reason: "no ring buffer" });
    const results = await runRequirements(fixtureFacts(nodes.redHat8), refuses);
    expect(notOk(results)).toEqual({ kernel: "warning", "self-test": "failed" });
  });
});
