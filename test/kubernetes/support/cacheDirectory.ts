import { mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where what takes minutes to make is kept between runs and checkouts. Makes it; throws where it can't. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const base = env["XDG_CACHE_HOME"];
  const directory = join(base?.startsWith("/") ? base : join(homedir(), ".cache"), "process-logging");
  mkdirSync(directory, { recursive: true });
  return directory;
}
