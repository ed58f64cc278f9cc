/** The command that runs another one in a cgroup. */
export function inCgroup(directory: string, command: readonly string[]): readonly string[] {
  return ["sh", "-c", `echo 0 > "$0/cgroup.procs" && exec "$@"`, directory, ...command];
}
