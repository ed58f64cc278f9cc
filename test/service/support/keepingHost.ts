import { join } from "node:path";

import { HistoryReader, type HistoryEvent } from "../../../tracer-service/history/historyReader.ts";
import { ask } from "./apiReader.ts";
import { parseLog, type LogLine } from "./logLine.ts";
import { TracedHost } from "./tracedHost.ts";
import { TracerService, type Ended, type TracerServiceOptions } from "./tracerService.ts";

/** Runs `/bin/true` so many times, with the name and the number of each as its argument. */
const MANY_EXECS = 'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true "$2$i"; done';

/** A host whose services keep a history in a folder of the test's, and have an API on a socket there. */
export class KeepingHost extends TracedHost {
  readonly stateDir = join(this.directory, "state");
  readonly socketPath = join(this.directory, "tracer.sock");

  get historyFile(): string {
    return join(this.stateDir, "history.db");
  }

  /** Starts a service with state directory and API. */
  async keep(flags: readonly string[] = [], options?: TracerServiceOptions): Promise<TracerService> {
    return await this.trace(
      ["--state-dir", this.stateDir, "--listen", `unix:${this.socketPath}`, ...flags],
      options,
    );
  }

  /** Runs a command of the service on the state directory to its end. */
  async command(...args: readonly string[]): Promise<Ended> {
    return await TracerService.run([...args, "--state-dir", this.stateDir]);
  }

  /** Runs one program in jessie's workspace. */
  async exec(argument: string): Promise<unknown> {
    return await this.workspace("jessie", "main").run(["/bin/true", argument]);
  }

  /** Runs `count` programs, whose arguments are `name` and 1 to `count`. */
  async execs(count: number, name: string, username = "jessie"): Promise<unknown> {
    return await this.workspace(username, "main").sh(MANY_EXECS, String(count), name);
  }

  /** The same without an end, or nearly, until it is killed. */
  load(name: string): ReturnType<ReturnType<TracedHost["workspace"]>["start"]> {
    return this.workspace("jessie", "main").start(["/bin/sh", "-c", MANY_EXECS, "sh", "100000", name]);
  }

  /** A metric of the service by its name, with labels as in a regular expression; NaN where there is none. */
  async metric(name: string): Promise<number> {
    const { body } = await ask({ socketPath: this.socketPath }, "/metrics");
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(body)?.[1]);
  }

  /** Everything that the database holds, oldest first. */
  kept(): HistoryEvent[] {
    const reader = new HistoryReader(this.historyFile);
    try {
      const events: HistoryEvent[] = [];
      const everything = {
        workspaces: undefined,
        sinceNs: undefined,
        untilNs: undefined,
        pattern: undefined,
      };
      for (let after = 0, done = false; !done;) {
        const before = Number.MAX_SAFE_INTEGER;
        const page = reader.page({ ...everything, order: "oldest", after, before });
        events.push(...page.events);
        ({ through: after, done } = page);
      }
      return events;
    } finally {
      reader.close();
    }
  }

  /** The holes that the database knows of. */
  missing(): ReturnType<HistoryReader["missing"]> {
    const reader = new HistoryReader(this.historyFile);
    try {
      return reader.missing();
    } finally {
      reader.close();
    }
  }

  /** What it holds as log lines. */
  keptLines(): LogLine[] {
    return parseLog(
      this.kept()
        .map(({ line }) => line)
        .join(""),
    );
  }
}
