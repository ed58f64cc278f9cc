import { isLabelKey } from "./labelKeys.ts";
import { quoteText } from "./quoteText.ts";

/** One condition of a selector. `values` undefined: the label only has to be there. */
interface Requirement {
  readonly key: string;
  readonly values: ReadonlySet<string> | undefined;
  readonly negated: boolean;
}

/** A label selector as kubectl takes it: all conditions must hold. */
export interface LabelSelector {
  readonly keys: ReadonlySet<string>;
  matches(labels: (key: string) => string | undefined): boolean;
}

const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const SET = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/;
const EQUALITY = /^([^\s=!]+)\s*(==|=|!=)\s*([^\s=!]*)$/;

/** Reads `a=b,c!=d,e in (x,y),f notin (z),g,!h`. Throws one line that says what is wrong. */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = splitOutsideParentheses(text).map((part) => parseRequirement(part.trim(), text));
  return {
    keys: new Set(requirements.map(({ key }) => key)),
    matches: (labels) =>
      requirements.every(({ key, values, negated }) => {
        const value = labels(key);
        const holds = value !== undefined && (values?.has(value) ?? true);
        return holds !== negated;
      }),
  };
}

function parseRequirement(part: string, selector: string): Requirement {
  const set = SET.exec(part);
  const equality = EQUALITY.exec(part);
  let requirement: Requirement;
  if (set?.[1] !== undefined) {
    const values = (set[3] ?? "").split(",").map((value) => value.trim());
    requirement = { key: set[1], values: new Set(values), negated: set[2] === "notin" };
  } else if (equality?.[1] !== undefined) {
    requirement = { key: equality[1], values: new Set([equality[3] ?? ""]), negated: equality[2] === "!=" };
  } else {
    const negated = part.startsWith("!");
    requirement = { key: negated ? part.slice(1).trim() : part, values: undefined, negated };
  }
  const { key, values = new Set<string>() } = requirement;
  if (!isLabelKey(key) || [...values].some((value) => !VALUE.test(value))) {
    throw new Error(
      `the selector ${quoteText(selector)} is not understood at ${quoteText(part)}: expected conditions such as com.coder.workspace.id, team=blue or team in (blue,red)`,
    );
  }
  return requirement;
}

function splitOutsideParentheses(text: string): string[] {
  return text.split(/,(?![^(]*\))/);
}
