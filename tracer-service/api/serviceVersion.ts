import { readFileSync } from "node:fs";

/** The version in the package's manifest, which lies two folders above sources and build alike. */
export function readServiceVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const { version } = manifest as { readonly version?: unknown };
  return typeof version === "string" ? version : "unknown";
}
