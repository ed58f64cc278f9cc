import type { PodLine } from "./nodeTracer.ts";

type Argv = readonly string[];

/** What a pod ran: by the name of the container, what each that was started under it ran, in the order of the log. */
export type PodPrograms = Readonly<Record<string, readonly (readonly Argv[])[]>>;

/** The container that holds a pod's namespaces has no name. */
export const PAUSE: PodPrograms = { "": [[["/pause"]]] };

/** In a container's cgroup the runtime runs itself now and then before it becomes the program that it is to run. */
const RUNTIME = ["runc", "init"].join();

/** All execs that lines tell of a pod, each once, without the runtime's own. */
export function podPrograms(lines: readonly PodLine[], podUid: string): PodPrograms {
  const containers = new Map<string, Map<string, Argv[]>>();
  const seen = new Set<unknown>();
  for (const { msg, fields } of lines) {
    const { kubernetes = {}, event } = fields;
    if (msg !== "exec" || kubernetes["pod_uid"] !== podUid || seen.has(event["exec_id"])) continue;
    seen.add(event["exec_id"]);
    if (event.argv.join() === RUNTIME) continue;
    const { container: name = "", container_id: id = "" } = kubernetes;
    const ids = containers.get(name) ?? new Map<string, Argv[]>();
    containers.set(name, ids);
    ids.set(id, [...(ids.get(id) ?? []), event.argv]);
  }
  return Object.fromEntries([...containers].map(([name, ids]) => [name, [...ids.values()]]));
}

/** The programs of a container that runs a shell script: the shell, and these, whose arguments have no blanks. */
export function scriptPrograms(script: string, ...programs: readonly string[]): readonly Argv[] {
  return [["/bin/sh", "-c", script], ...programs.map((program) => program.split(" "))];
}
