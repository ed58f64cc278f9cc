/** A line as Coder's sidecar writes it, of a command line that names it. */
export function sidecarLine(command = "uname -a", more: object = {}): string {
  return JSON.stringify({
    ts: "2022-02-28T20:29:38.038452202Z",
    level: "INFO",
    msg: "exec",
    fields: {
      labels: { username: "jessie", workspace_name: "main" },
      cmdline: command,
      event: {
        filename: "/usr/bin/uname",
        argv: command.split(" "),
        truncated: false,
        pid: 920684,
        uid: 101000,
        gid: 101000,
        comm: "bash",
      },
    },
    ...more,
  });
}
