import type { ExecEvent, ExitEvent, LostEvent, TracerEvent } from "../../protocol/events.ts";
import { quoteForShell } from "../../protocol/shellQuote.ts";
import { signalName } from "./signalName.ts";
import { fitText, padText, visibleText } from "./terminalText.ts";

/** How wide the terminal is, in cells, and whether it shows colours. */
export interface ColumnOptions {
  readonly width: number;
  readonly colour: boolean;
}

const TIME_CELLS = 12;
const PID_CELLS = 7;
const UID_CELLS = 6;
/** However narrow the terminal is, so much of a command is shown. */
const LEAST_TEXT_CELLS = 20;

/** SGR parameters. */
const BOLD = "1";
const DIM = "2";
const BOLD_YELLOW = "1;33";

/** Formats events as lines for people: fixed columns, then the command line, cut to the terminal's width. */
export class ColumnFormatter {
  /** Of the columns user, workspace and caller each. */
  readonly #nameCells: number;
  readonly #textCells: number;
  readonly #colour: boolean;

  constructor({ width, colour }: ColumnOptions) {
    this.#nameCells = Math.min(16, Math.max(8, Math.floor(width / 10)));
    const before = TIME_CELLS + PID_CELLS + UID_CELLS + 3 * this.#nameCells + 6;
    this.#textCells = Math.max(LEAST_TEXT_CELLS, width - before);
    this.#colour = colour;
  }

  /** The columns' names, with a newline. */
  header(): string {
    return this.#painted(BOLD, this.#row("TIME", "USER", "WORKSPACE", "PID", "UID", "CALLER", "COMMAND"));
  }

  /** The line of one event, with its newline. Nothing that a workspace chose can control the terminal. */
  format(event: TracerEvent): string {
    switch (event.type) {
      case "exec":
        return this.#exec(event);
      case "exit":
        return this.#painted(DIM, this.#eventRow(event, String(event.pid), "", "", `· ${exitText(event)}`));
      case "lost":
        return this.#painted(BOLD_YELLOW, this.#eventRow(event, "", "", "", `! ${lostText(event)}`));
    }
  }

  #exec(event: ExecEvent): string {
    const { pid, uid, comm, argv } = event;
    return `${this.#eventRow(event, String(pid), String(uid), comm, quoteForShell(argv))}\n`;
  }

  #eventRow(event: TracerEvent, pid: string, uid: string, caller: string, text: string): string {
    const { username = "-", workspace_name: workspace = "-" } = event.labels;
    return this.#row(timeOfDay(event.timeNs), username, workspace, pid, uid, caller, text);
  }

  /** Numbers are never cut: a longer one moves the rest of its line. */
  #row(
    time: string,
    user: string,
    workspace: string,
    pid: string,
    uid: string,
    caller: string,
    text: string,
  ): string {
    const name = (each: string): string => padText(visibleText(each), this.#nameCells);
    const numbers = `${pid.padStart(PID_CELLS)} ${uid.padStart(UID_CELLS)}`;
    const longer = numbers.length - (PID_CELLS + 1 + UID_CELLS);
    const shown = fitText(visibleText(text), Math.max(LEAST_TEXT_CELLS, this.#textCells - longer));
    return `${time.padEnd(TIME_CELLS)} ${name(user)} ${name(workspace)} ${numbers} ${name(caller)} ${shown}`;
  }

  #painted(sgr: string, row: string): string {
    return this.#colour ? `\x1b[${sgr}m${row}\x1b[0m\n` : `${row}\n`;
  }
}

function exitText(event: ExitEvent): string {
  const { exitCode, signal, coreDumped, durationNs } = event;
  const how =
    signal === undefined
      ? `exit ${String(exitCode ?? "?")}`
      : `killed by ${signalName(signal) ?? `signal ${String(signal)}`}${coreDumped ? " (core dumped)" : ""}`;
  return `${how} after ${(Number(durationNs) / 1e9).toFixed(3)} s`;
}

function lostText(event: LostEvent): string {
  const { count, kind, reason, firstNs, lastNs, cgroup, program } = event;
  const what = program === undefined ? kind : `${kind} of ${program}`;
  const where = cgroup === undefined ? "" : ` in ${cgroup}`;
  return `lost ${String(count)} ${what}: ${reason} ${timeOfDay(firstNs)}–${timeOfDay(lastNs)}${where}`;
}

/** HH:MM:SS.mmm in this machine's time zone. */
function timeOfDay(timeNs: bigint): string {
  const date = new Date(Number(timeNs / 1_000_000n));
  const two = (part: number): string => String(part).padStart(2, "0");
  const ms = String(date.getMilliseconds()).padStart(3, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}
