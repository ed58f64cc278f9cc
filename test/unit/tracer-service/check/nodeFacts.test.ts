import { mkdtemp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeFacts, readText, type NodeFacts } from "../../../../tracer-service/check/nodeFacts.ts";

describe("nodeFacts", () => {
  let root: string;
  let facts: NodeFacts;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "node-facts-"));
    facts = nodeFacts(() => "1.1", root);
    await mkdir(join(root, "proc"));
    await writeFile(join(root, "proc/status"), "CapEff:\t0\n");
    await writeFile(join(root, "proc/large"), Buffer.alloc(200_000, "x"));
    await symlink("pid:[4026531836]", join(root, "proc/ns"));
  });

  afterEach(() => rm(root, { recursive: true }));

  it("reads files whole, in as many pieces as it takes", async () => {
    expect((await facts.read("/proc/large")).bytes).toEqual(Buffer.alloc(200_000, "x"));
  });

  it("reads no more than it is asked for", async () => {
    expect((await facts.read("/proc/large", 70_000)).bytes).toHaveLength(70_000);
    expect((await facts.read("/proc/status", 3)).bytes?.toString()).toBe("Cap");
  });

  it.each([
    ["/proc/none", "ENOENT"],
    ["/proc", "EISDIR"],
    ["/proc/status/x", "ENOTDIR"],
  ])("names the error for %s: %s", async (path, error) => {
    expect(await facts.read(path)).toEqual({ error });
    expect(await readText(facts, path)).toBeUndefined();
  });

  it("reads the target of a link that leads nowhere, as those of namespaces do", async () => {
    expect(await facts.readLink("/proc/ns")).toBe("pid:[4026531836]");
    expect(await facts.readLink("/proc/none")).toBeUndefined();
    expect(await facts.readLink("/proc/status")).toBeUndefined();
  });

  it("reads text", async () => {
    expect(await readText(facts, "/proc/status")).toBe("CapEff:\t0\n");
  });

  it.runIf(process.platform === "linux")("reads files of the real /proc, which have no size", async () => {
    expect(
      await readText(
        nodeFacts(() => undefined),
        "/proc/self/status",
      ),
    ).toContain(`\nPid:\t${String(process.pid)}\n`);
  });
});
