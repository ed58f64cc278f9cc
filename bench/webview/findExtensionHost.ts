import { readdirSync, readFileSync } from "node:fs";

/** The extension host among the descendants of a code-server. */
export function findExtensionHost(ancestor: number): number | undefined {
  const parents = new Map<number, number>();
  const hosts: number[] = [];
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      parents.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      if (readFileSync(`/proc/${name}/cmdline`, "utf8").includes("--type=extensionHost")) hosts.push(pid);
    } catch {
      // It has ended meanwhile.
    }
  }
  return hosts.find((host) => {
    for (let pid: number | undefined = host; pid !== undefined && pid > 1; pid = parents.get(pid)) {
      if (pid === ancestor) return true;
    }
    return false;
  });
}
