// Takes a cluster down when its stdin ends, which it does however the process ends that brought the cluster up:
//   node janitor.ts CGROUP DIRECTORY
import { rmSync } from "node:fs";

import { ClusterCgroup } from "./clusterCgroup.ts";

const [cgroup, directory] = process.argv.slice(2);
if (cgroup === undefined || directory === undefined) throw new Error("usage: janitor.ts CGROUP DIRECTORY");

// An interrupted test run tells its whole group; the work begins then.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);
process.stdin.resume();
await new Promise((resolve) => process.stdin.once("close", resolve));
await new ClusterCgroup(cgroup).remove();
// The mounts in it went with the last process of their namespace.
rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
