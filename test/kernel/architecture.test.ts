import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";

import { hasProgram } from "../containers/support/hasProgram.ts";
import { describeWhere } from "./support/describeKernel.ts";

const root = join(import.meta.dirname, "../..");

const compilerObstacle = (): string | undefined => (hasProgram("clang") ? undefined : "it has no clang");

describeWhere(compilerObstacle, "the compiled programs", () => {
  const directory = mkdtempSync(join(tmpdir(), "wpl-architecture-"));

  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  /** Compiles the programs for an architecture, as the build does; returns the object's bytes. */
  const compile = (architecture: string): Buffer => {
    const object = join(directory, `${architecture}.o`);
    const headers = ["x86_64", "aarch64"]
      .map((machine) => `/usr/include/${machine}-linux-gnu`)
      .filter((path) => existsSync(path));
    execFileSync("clang", [
      ...["-O2", "-g", "-target", "bpf", "-mcpu=v2", `-D__TARGET_ARCH_${architecture}`],
      ...headers.flatMap((path) => ["-idirafter", path]),
      ...["-c", join(root, "bpf/tracer.bpf.c"), "-o", object],
    ]);
    return readFileSync(object);
  };

  it("are the same for x86-64 and arm64", () => {
    expect(compile("arm64").equals(compile("x86"))).toBe(true);
  });
});
