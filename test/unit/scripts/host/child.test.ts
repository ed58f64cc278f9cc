import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { startChild } from "../../../../scripts/host/child.ts";

const env = { PATH: process.env["PATH"] };

function start(...argv: string[]): { child: ReturnType<typeof startChild>; lines: string[] } {
  const lines: string[] = [];
  return { child: startChild(argv, { env, line: (line) => lines.push(line) }), lines };
}

function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${String(pid)}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

describe("startChild", () => {
  it.each([
    ["its exit status", ["sh", "-c", "exit 3"], "exit status 3"],
    ["the signal that ended it", ["sh", "-c", "kill -KILL $$"], "SIGKILL"],
  ])("tells %s", async (_what, argv, how) => {
    expect(await start(...argv).child.ended).toBe(how);
  });

  it("tells that a program can't be started", async () => {
    expect(await start("/no/such/program").child.ended).toMatch(/ENOENT/);
  });

  it("hears both of its outputs, line by line", async () => {
    const { child, lines } = start("sh", "-c", "echo one; echo two >&2; printf three");
    await child.ended;
    await expect.poll(() => [...lines].sort()).toEqual(["one", "three", "two"]);
  });

  it("reaches what it started, and no more once it has ended", async () => {
    const { child, lines } = start("sh", "-c", "sleep 60 & echo $!; wait");
    await expect.poll(() => lines.length).toBe(1);
    expect(child.running).toBe(true);
    child.signal("SIGKILL");
    await child.ended;
    expect(child.running).toBe(false);
    // Until init has taken notice of its end, it is a process without a command line.
    await expect.poll(() => commandLine(Number(lines[0]))).toBe("");
    expect(() => {
      child.signal("SIGTERM");
    }).not.toThrow();
  });
});
