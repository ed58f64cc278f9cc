import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, it } from "vitest";
import { claim, claimWhenFree } from "../../../scripts/claim.mjs";

const MODULE = join(import.meta.dirname, "../../../scripts/claim.mjs");

function uniqueName(what: string): string {
  return `${what} ${String(process.pid)}`;
}

it("gives a name to one, until that one lets go of it", async () => {
  const name = uniqueName("test");
  const release = await claim(name);
  expect(release).toBeDefined();
  expect(await claim(name)).toBeUndefined();
  const other = await claim(uniqueName("another"));
  expect(other).toBeDefined();
  other?.();
  release?.();
  const again = await claim(name);
  expect(again).toBeDefined();
  again?.();
});

it("takes a name back from a process that was killed, and tells that it waits", async () => {
  const name = uniqueName("killed");
  const script = `const { claim } = await import(${JSON.stringify(MODULE)});
    await claim(${JSON.stringify(name)}); console.log("claimed"); setInterval(() => {}, 1_000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  let waited = 0;
  const release = await claimWhenFree(name, () => {
    waited++;
    child.kill("SIGKILL");
  });
  expect(waited).toBe(1);
  release();
});
