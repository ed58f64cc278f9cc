import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";

import type { Bench } from "../bench.ts";
import type { Figure } from "../figure.ts";
import { formatTable } from "../formatTable.ts";
import { inCgroup } from "../inCgroup.ts";
import { RunningTool } from "../tools/runningTool.ts";
import type { Tool } from "../tools/tool.ts";

const run = promisify(execFile);

/** Ways of executing a program (programs/exec_kinds.c), and what of its output between the marks is the whole of it. */
const KINDS = [
  { kind: "execve", title: "execve", between: "" },
  { kind: "posix_spawn", title: "vfork and exec", between: "" },
  { kind: "execveat", title: "execveat of a file descriptor", between: "" },
  { kind: "memfd", title: "a program in memory (memfd)", between: "" },
  { kind: "deleted", title: "a deleted file", between: "" },
  { kind: "script", title: "a script", between: "" },
  { kind: "thread", title: "exec from another thread", between: "" },
  { kind: "none", title: "no arguments at all", between: "-tail" },
  { kind: "long", title: "an argument of 100 KB", between: "x{100000}" },
  { kind: "many", title: "3,000 arguments", between: String.raw`\W+(?:xx\W+){2999}` },
  { kind: "newline", title: "a newline in an argument", between: "[^]{1,6}" },
  { kind: "invalid", title: "an argument that is not UTF-8", between: "[^]{1,6}" },
  { kind: "not_paged_in", title: "an argument in memory not paged in", between: "" },
] as const;
type Kind = (typeof KINDS)[number];

type Seen = "whole" | "cut, and says so" | "cut" | "not seen";

/** Which kinds of execs each tool tells, and whether with all of their arguments. */
export async function fidelity(bench: Bench): Promise<{ figures: Figure[]; details: string[] }> {
  const tools = [bench.ours(), ...bench.peers];
  const seen = new Map<string, readonly Seen[] | string>();
  for (const tool of tools) {
    bench.say(`Fidelity: ${tool.name}`);
    try {
      seen.set(tool.name, await kindsSeen(bench, tool));
    } catch (error) {
      if (bench.signal.aborted) throw error;
      bench.say(`${tool.name}: ${error instanceof Error ? error.message : String(error)}`);
      seen.set(tool.name, "failed, see above");
    }
  }
  const count = (title: string, counts: (each: Seen) => boolean): Figure => ({
    title: `of ${String(KINDS.length)} kinds of execs: ${title}`,
    digits: 0,
    goal: undefined,
    results: new Map(
      [...seen].map(([name, all]) => [name, typeof all === "string" ? all : [all.filter(counts).length]]),
    ),
  });
  const rows = KINDS.map(({ title }, index) => [
    title,
    ...tools.map(({ name }) => {
      const all = seen.get(name);
      return typeof all === "object" ? (all[index] ?? "") : "failed";
    }),
  ]);
  return {
    figures: [
      count("seen whole", (each) => each === "whole"),
      count("not seen, or cut without a word", (each) => each === "cut" || each === "not seen"),
    ],
    details: [formatTable(["kind of exec", ...tools.map(({ name }) => name)], rows)],
  };
}

async function kindsSeen(bench: Bench, tool: Tool): Promise<Seen[]> {
  const { programs, directory, cgroup } = bench;
  const copy = join(directory, "output");
  const files = join(directory, "kinds");
  mkdirSync(files, { recursive: true });
  const marks = KINDS.map((_, index) => `wpl${String(process.pid)}k${String(index)}`);
  try {
    return await RunningTool.use(
      bench,
      tool,
      async ({ reader }) => {
        for (const [index, { kind }] of KINDS.entries()) {
          const command = [programs.execKinds, kind, marks[index] ?? "", programs.nothing, files];
          const [shell = "", ...args] = inCgroup(cgroup.workspace, command);
          await run(shell, args);
        }
        // What comes after them comes last.
        const last = await bench.generator.run({ count: 1, rate: 0, spawners: 1, cgroup: cgroup.workspace });
        await reader.whenAll(last.run, 1);
        await setTimeout(300);
        const output = readFileSync(copy, "latin1");
        return KINDS.map((kind, index) => seenOf(output, kind, marks[index] ?? ""));
      },
      copy,
    );
  } finally {
    rmSync(files, { recursive: true, force: true });
    rmSync(copy, { force: true });
  }
}

/** Public for its test. What a tool's output tells of the exec with this mark. */
export function seenOf(
  output: string,
  { kind, between }: Pick<Kind, "kind" | "between">,
  mark: string,
): Seen {
  const head = `${mark}-head`;
  const at = output.indexOf(head);
  if (at < 0) return "not seen";
  if (new RegExp(kind === "none" ? head + between : `${head}${between}${mark}-tail`).test(output))
    return "whole";
  const end = output.indexOf("\n", at);
  const line = output.slice(output.lastIndexOf("\n", at) + 1, end < 0 ? undefined : end);
  return /"truncated":true|\.\.\.\s*$/.test(line) ? "cut, and says so" : "cut";
}
