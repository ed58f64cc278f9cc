import type { ExecEvent } from "../../protocol/events.ts";
import type { RedactionRule } from "./redactionRule.ts";

/** Arguments repeat: what became of so many is remembered, as long as they are short. */
const MAX_REMEMBERED = 4_096;
const MAX_REMEMBERED_LENGTH = 256;

/** Replaces secrets in arguments, before anything is written or sent. */
export class Redactor {
  readonly #patterns: readonly RedactionRule[];
  readonly #after: readonly RedactionRule[];
  readonly #known = new Map<string, string>();
  #redacted = 0;

  constructor(rules: readonly RedactionRule[]) {
    this.#patterns = rules.filter(({ kind }) => kind === "pattern");
    this.#after = rules.filter(({ kind }) => kind === "after");
  }

  /** Arguments in which something was replaced. */
  get redacted(): number {
    return this.#redacted;
  }

  /** The event itself where nothing is to be replaced. Bytes of an argument that was changed are left out, too. */
  exec(event: ExecEvent): ExecEvent {
    const argv = this.arguments(event.argv);
    if (argv === event.argv) return event;
    const { raw } = event;
    if (raw?.argv === undefined) return { ...event, argv };
    const rawArgv = raw.argv.map((bytes, index) => (argv[index] === event.argv[index] ? bytes : null));
    const left: { argv?: readonly (string | null)[] } = { ...raw, argv: rawArgv };
    if (rawArgv.every((bytes) => bytes === null)) delete left.argv;
    return { ...event, argv, raw: Object.keys(left).length === 0 ? undefined : left };
  }

  /** The list itself where nothing is to be replaced. */
  arguments(argv: readonly string[]): readonly string[] {
    let changed: string[] | undefined;
    argv.forEach((argument, index) => {
      const before = index === 0 ? undefined : argv[index - 1];
      const rule =
        before === undefined
          ? undefined
          : this.#after.find((each) => each.mayMatch(before) && each.regex.test(before));
      const text = rule === undefined ? this.#argument(argument) : markOf(rule);
      if (text === argument) return;
      changed ??= [...argv];
      changed[index] = text;
      this.#redacted++;
    });
    return changed ?? argv;
  }

  #argument(argument: string): string {
    const known = this.#known.get(argument);
    if (known !== undefined) return known;
    let text = argument;
    for (const rule of this.#patterns) if (rule.mayMatch(text)) text = replaceAll(rule, text);
    if (argument.length > MAX_REMEMBERED_LENGTH) return text;
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(argument, text);
    return text;
  }
}

function markOf({ name }: RedactionRule): string {
  return `<redacted:${name}>`;
}

function replaceAll(rule: RedactionRule, text: string): string {
  const matcher = rule.regex.matcher(text);
  const group = rule.regex.groupCount() > 0 ? 1 : 0;
  let [result, at] = ["", 0];
  while (matcher.find()) {
    const [start, end] = [matcher.start(group), matcher.end(group)];
    // A group that took no part in the match; or what an earlier rule put there.
    if (start < at || end <= start || text.startsWith("<redacted:", start)) continue;
    result += text.slice(at, start) + markOf(rule);
    at = end;
  }
  return at === 0 ? text : result + text.slice(at);
}
