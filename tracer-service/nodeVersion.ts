/** Says of a version of Node.js, such as `20.19.5`, that it can't run the service; undefined when it can: 22.15 and later. */
export function nodeObstacle(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 15)) return undefined;
  return "use Node.js 24; 22.15 is the oldest that can run the tracer";
}
