/**
 * Turns the kernel's form of a path (its components from the leaf to the root, each ended by a NUL) into the usual
 * one. A file that lies in no directory is its bare name.
 */
export function decodePath(components: string, inDirectory: boolean): string {
  if (!inDirectory) return components.replace(/\0$/, "");
  const names = components.split("\0");
  if (names.at(-1) === "") names.pop();
  return `/${names.reverse().join("/")}`;
}
