import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import type { Tool } from "./tool.ts";

/** Our service with the rules in a file, without its API, its history beside them, and otherwise as it is by default; started as `npx tracer-service` does. */
export function ourTool(dist: string, rules: string, flags: readonly string[] = []): Tool {
  const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return {
    name: "ours",
    version: `${version} on node ${process.version}`,
    scoped: true,
    argv: [
      join(dist, "tracer-service/main.js"),
      "run",
      "--identity",
      "local",
      "--rules",
      rules,
      "--listen",
      "none",
      "--state-dir",
      join(dirname(rules), "state"),
      ...flags,
    ],
  };
}
