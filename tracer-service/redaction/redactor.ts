import type { ExecEvent, RawBytes } from "../../protocol/events.ts";
import { inOnePiece } from "../output/inOnePiece.ts";
import type { ProcArguments } from "../pipeline/snapshot.ts";
import type { RedactionRule } from "./redactionRule.ts";
import { threadClock, type WorkClock, WorkBudgets } from "./workBudgets.ts";

/** Arguments repeat: what became of so many is remembered, as long as they are short. */
const MAX_REMEMBERED = 4_096;
const MAX_REMEMBERED_LENGTH = 256;
/** Stands for an argument that may hold a secret, when its workspace has used up the time there is for looking. */
const UNEXAMINED = "<redacted:unexamined>";
/** Whose the programs are that ran before the service. */
const NOBODY = "";

type RawArguments = NonNullable<RawBytes["argv"]>;

/** What a redactor has done so far. */
interface RedactionCounts {
  /** Arguments in which something was replaced. */
  readonly redacted: number;
  /** Those among them that were replaced unexamined, since there was no time left. */
  readonly unexamined: number;
}

/**
 * Replaces secrets in arguments, before anything is written or sent. The time that this takes is bounded for each
 * workspace and for all of them: beyond it, an argument in which there may be a secret is replaced as a whole.
 */
export class Redactor {
  readonly #patterns: readonly RedactionRule[];
  readonly #after: readonly RedactionRule[];
  readonly #budgets: WorkBudgets;
  readonly #known = new Map<string, string>();
  #redacted = 0;
  #unexamined = 0;

  constructor(rules: readonly RedactionRule[], clock: WorkClock = threadClock) {
    this.#patterns = rules.filter(({ kind }) => kind !== "after");
    this.#after = rules.filter(({ kind }) => kind === "after");
    this.#budgets = new WorkBudgets(clock);
  }

  get counts(): RedactionCounts {
    return { redacted: this.#redacted, unexamined: this.#unexamined };
  }

  /** The event itself where nothing is to be replaced. Bytes of an argument that was changed are left out, too. */
  exec(event: ExecEvent): ExecEvent {
    const argv = this.arguments(event.argv, event.pod?.podUid ?? JSON.stringify(event.labels));
    if (argv === event.argv) return event;
    const { raw } = event;
    if (raw?.argv === undefined) return { ...event, argv };
    const left: { argv?: RawArguments } = { ...raw };
    const kept = keepUnchanged(raw.argv, event.argv, argv);
    if (kept === undefined) delete left.argv;
    else left.argv = kept;
    return { ...event, argv, raw: Object.keys(left).length === 0 ? undefined : left };
  }

  /** The same of a process that ran before the service. */
  running(process: ProcArguments): ProcArguments {
    const argv = this.arguments(process.argv);
    return argv === process.argv ? process : { argv, raw: keepUnchanged(process.raw, process.argv, argv) };
  }

  /** The list itself where nothing is to be replaced. */
  arguments(argv: readonly string[], workspace = NOBODY): readonly string[] {
    let changed: string[] | undefined;
    argv.forEach((argument, index) => {
      const before = index === 0 ? undefined : argv[index - 1];
      const text =
        this.#afterFlag(before, workspace) ?? this.#argument(argument, isScript(before), workspace);
      if (text === argument) return;
      changed ??= [...argv];
      changed[index] = text;
      this.#redacted++;
      if (text === UNEXAMINED) this.#unexamined++;
    });
    return changed ?? argv;
  }

  /** What stands for an argument whatever it is, since that before it says what it is. */
  #afterFlag(before: string | undefined, workspace: string): string | undefined {
    if (before === undefined) return undefined;
    for (const rule of this.#after) {
      if (!rule.mayMatch(before)) continue;
      const matches = this.#budgets.run(workspace, () => rule.regex.test(before));
      if (matches === undefined) return UNEXAMINED;
      if (matches) return markOf(rule);
    }
    return undefined;
  }

  #argument(argument: string, script: boolean, workspace: string): string {
    // No argument holds a NUL.
    const key = script ? `\0${argument}` : argument;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let text = argument;
    for (const rule of this.#patterns) {
      const before = text;
      if ((script && rule.kind === "whole") || !rule.mayMatch(before)) continue;
      const after = this.#budgets.run(workspace, () => replaceAll(rule, before));
      if (after === undefined) return UNEXAMINED;
      text = after;
    }
    if (argument.length > MAX_REMEMBERED_LENGTH) return text;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    // A part of a text keeps all of it in memory: here that would be the arguments of a whole exec, for each one that is short.
    const own = inOnePiece(key);
    this.#known.set(own, text === key ? own : inOnePiece(text));
    return text;
  }
}

/** The bytes of those arguments that nothing was replaced in; undefined where none are left. */
function keepUnchanged(
  raw: RawArguments | undefined,
  before: readonly string[],
  after: readonly string[],
): RawArguments | undefined {
  const kept = raw?.map((bytes, index) => (after[index] === before[index] ? bytes : null));
  return kept?.some((bytes) => bytes !== null) === true ? kept : undefined;
}

/** Whether a shell is given a script after this argument: `sh -c`, `bash -ec`. */
function isScript(before: string | undefined): boolean {
  return before !== undefined && /^-[a-z]{0,8}c$/i.test(before);
}

function markOf({ name }: RedactionRule): string {
  return `<redacted:${name}>`;
}

function replaceAll(rule: RedactionRule, text: string): string {
  const matcher = rule.regex.matcher(text);
  const groups = rule.regex.groupCount();
  let [result, at] = ["", 0];
  while (matcher.find()) {
    let group = Math.min(groups, 1);
    while (group < groups && matcher.start(group) < 0) group++;
    const [start, end] = [matcher.start(group), matcher.end(group)];
    // A group that took no part in the match; or what an earlier rule put there.
    if (start < at || end <= start || /^<redacted:[a-z0-9-]+>$/.test(text.slice(start, end))) continue;
    result += text.slice(at, start) + markOf(rule);
    at = end;
  }
  return at === 0 ? text : result + text.slice(at);
}
