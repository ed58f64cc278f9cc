import { readdirSync, readFileSync } from "node:fs";

/** Pids of the processes below `ancestor` whose command line passes. */
export function descendants(ancestor: number, passes: (command: string) => boolean): readonly number[] {
  const parents = new Map<number, number>();
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      if (passes(readFileSync(`/proc/${name}/cmdline`, "utf8"))) found.push(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return found.filter((one) => {
    for (let pid = parents.get(one); pid !== undefined && pid > 1; pid = parents.get(pid)) {
      if (pid === ancestor) return true;
    }
    return false;
  });
}

/** The extension host of a code-server. */
export function findExtensionHost(ancestor: number): number | undefined {
  return descendants(ancestor, (command) => command.includes("--type=extensionHost"))[0];
}
