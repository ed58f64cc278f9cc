/** Paths repeat a lot: their text, found by the bytes that the kernel wrote. */
const CACHED_PATHS = 4096;
const cache = new Map<string, string>();

/**
 * Turns the kernel's form of a path (its components from the leaf to the root, each ended by a NUL) into the usual
 * one. A file that lies in no directory is its bare name.
 */
export function decodePath(components: string, inDirectory: boolean): string {
  if (!inDirectory) return components.replace(/\0$/, "");
  const known = cache.get(components);
  if (known !== undefined) return known;
  const names = components.split("\0");
  if (names.at(-1) === "") names.pop();
  const path = `/${names.reverse().join("/")}`;
  if (cache.size >= CACHED_PATHS) cache.clear();
  cache.set(components, path);
  return path;
}
