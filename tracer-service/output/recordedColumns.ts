import type { RecordedEvent } from "../../protocol/recordedEvent.ts";
import { fitText, padText, visibleText } from "./terminalText.ts";

const TIME_CELLS = 23;
const PID_CELLS = 7;
const NAME_CELLS = 16;
/** However narrow the terminal is, so much of a command is shown. */
const LEAST_TEXT_CELLS = 20;

/** Recorded events as lines for people: fixed columns, then the command line, cut to the terminal's width. */
export class RecordedColumns {
  readonly #textCells: number;

  constructor(width: number) {
    this.#textCells = Math.max(LEAST_TEXT_CELLS, width - (TIME_CELLS + PID_CELLS + 2 * NAME_CELLS + 4));
  }

  /** The columns' names, with a newline. */
  header(): string {
    return this.#row("TIME (UTC)", "USER", "WORKSPACE", "PID", "COMMAND");
  }

  /** The line of one event, with its newline. Nothing that a workspace chose can control the terminal. */
  format(event: RecordedEvent): string {
    const { username = "-", workspace_name: workspace = "-" } = event.labels;
    const time = new Date(event.timeMs).toISOString().replace("T", " ").replace("Z", "");
    const pid = event.type === "lost" ? "" : String(event.pid);
    return this.#row(time, username, workspace, pid, textOf(event));
  }

  #row(time: string, user: string, workspace: string, pid: string, text: string): string {
    const name = (each: string): string => padText(visibleText(each), NAME_CELLS);
    const shown = fitText(visibleText(text), this.#textCells);
    return `${time.padEnd(TIME_CELLS)} ${name(user)} ${name(workspace)} ${pid.padStart(PID_CELLS)} ${shown}\n`;
  }
}

function textOf(event: RecordedEvent): string {
  switch (event.type) {
    case "exec":
      return event.cmdline;
    case "exit": {
      const how =
        event.signal === undefined
          ? `exit ${String(event.exitCode ?? "?")}`
          : `signal ${String(event.signal)}`;
      return `· ${how} after ${(event.durationMs / 1000).toFixed(3)} s`;
    }
    case "lost":
      return `! lost ${String(event.count)} ${event.kind}${event.program === undefined ? "" : ` of ${event.program}`}: ${event.reason}`;
  }
}
