/** Threads begin with files that lie beside this one, built or not. */
export function workerExtension(): "ts" | "js" {
  return import.meta.url.endsWith(".ts") ? "ts" : "js";
}
