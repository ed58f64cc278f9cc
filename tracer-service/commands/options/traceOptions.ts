import { InvalidArgumentError, Option, type Command } from "commander";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";

import { defaultBudget } from "../../kernel/execBudget.ts";
import type { HistoryOptions } from "./historyOptions.ts";
import { addRedactionOptions, type RedactionOptions } from "./redactionOptions.ts";
import { numberBetween } from "./numberBetween.ts";

/** What every tracing command can be told, after its flags were parsed. */
export interface TraceOptions extends HistoryOptions, RedactionOptions {
  readonly log: string;
  readonly logExits: boolean;
  readonly logChain: boolean;
  readonly format: "json" | "columns" | "auto";
  readonly maxLineBytes: number | undefined;
  readonly ringSize: number;
  readonly processTable: number;
  readonly execBudget: number;
  readonly execBurst: number;
  readonly rest: number;
  readonly nodeName: string | undefined;
  readonly bpfObject: string;
}

const MIB = 1024 * 1024;

/** Adds the flags of `TraceOptions` to a command. */
export function addTraceOptions(command: Command): Command {
  const budget = defaultBudget(cpus().length);
  return addRedactionOptions(command)
    .option("--log <file>", "where log lines go: a file, - for stdout, or none", "-")
    .option("--log-exits", "also log the end of each process", false)
    .option("--no-log-chain", "no checkpoints in the log, by which `verify` finds what was changed in it")
    .addOption(
      new Option("--format <format>", "lines of JSON, or columns for people; auto: columns on a terminal")
        .choices(["auto", "json", "columns"])
        .default("json"),
    )
    .option(
      "--max-line-bytes <bytes>",
      "longest log line; longer arguments are cut in it (default: 16000 on stdout, none in a file; 0: none)",
      numberBetween(0, 64 * MIB),
    )
    .option("--ring-size <mib>", "size of the ring buffer in MiB, a power of two", ringSize, 16)
    .option(
      "--process-table <entries>",
      "processes that are tracked at a time",
      numberBetween(1024, 4_194_304),
      65_536,
    )
    .option(
      "--exec-budget <execs>",
      "execs a second that each workspace has for ever; beyond, its repeated ones are withheld, and counted (0: no limit)",
      numberBetween(0, 1_000_000),
      budget.perSecond,
    )
    .option(
      "--exec-burst <execs>",
      "execs that a workspace can make at once when it was quiet before",
      numberBetween(1, 1_000_000),
      budget.burst,
    )
    .option(
      "--rest <ms>",
      "pause between two looks at the ring while events arrive; when they come fast, up to ten times as long where somebody follows the stream, else up to 25 times: latency against CPU",
      numberBetween(0, 1000),
      10,
    )
    .option("--node-name <name>", "name of this node in the log (default: the host's)", nodeName)
    .addOption(bpfObjectOption());
}

/** Where the compiled programs are: beside the built service. */
export function bpfObjectOption(): Option {
  return new Option("--bpf-object <file>", "compiled BPF programs")
    .default(fileURLToPath(new URL("../bpf/tracer.bpf.o", import.meta.url)))
    .hideHelp();
}

function nodeName(text: string): string {
  if (text.trim() === "") throw new InvalidArgumentError("Expected a name.");
  return text;
}

/** MiB → bytes; the kernel takes powers of two of pages only. */
function ringSize(text: string): number {
  const value = Number(text);
  const bytes = value * MIB;
  if (!(bytes >= 65_536 && bytes <= 1024 * MIB && Number.isInteger(Math.log2(bytes)))) {
    throw new InvalidArgumentError("Expected a power of two from 0.0625 to 1024.");
  }
  return value;
}
