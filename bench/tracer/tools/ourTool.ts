import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Tool } from "./tool.ts";

/** Our service with the rules in a file, otherwise as it is by default but for `flags`; started as `npx tracer-service` does. */
export function ourTool(name: string, dist: string, rules: string, flags: readonly string[]): Tool {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return {
    name,
    version: `${version} on node ${process.version}`,
    scoped: true,
    argv: [join(dist, "tracer-service/main.js"), "run", "--identity", "local", "--rules", rules, ...flags],
  };
}
