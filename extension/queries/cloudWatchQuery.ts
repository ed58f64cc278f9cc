import { escapeJson } from "../../protocol/escapeJson.ts";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import { expressionNotes } from "./query.ts";
import type { Query } from "./query.ts";
import { workspaceGroups } from "./workspaceGroups.ts";
import type { WorkspaceGroup } from "./workspaceGroups.ts";

const FIELDS = "log_processed.fields";
/** With `@message` a downloaded result has everything, and can be opened as a recorded log. */
const COLUMNS = [
  "@timestamp",
  `${FIELDS}.labels.username as username`,
  `${FIELDS}.labels.workspace_name as workspace`,
  `${FIELDS}.cmdline as cmdline`,
  `${FIELDS}.event.filename as filename`,
  `${FIELDS}.event.pid as pid`,
  `${FIELDS}.event.uid as uid`,
  "@message",
];
/** The most that CloudWatch gives. */
const LIMIT = 10_000;
/** CloudWatch's limit for a query, in characters. */
const MAX_QUERY = 10_000;
// eslint-disable-next-line no-control-regex -- what a query must not hold is meant
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;

/** The CloudWatch Logs Insights query that finds the filter's execs, the newest first. */
export function cloudWatchQuery(filter: ViewFilter): Query {
  const names = [
    ...filter.usernames,
    ...filter.workspaces.flatMap((each) => [each.username ?? "", each.workspaceName]),
  ];
  const impossible = names.find((name) => CONTROL.test(name));
  if (impossible !== undefined) {
    return {
      error: `no CloudWatch query can name ${escapeJson(impossible)}: it holds control characters`,
    };
  }
  const groups = workspaceGroups(filter);
  if (groups.length === 0) {
    return { error: "the filter lets nothing through: its workspaces belong to none of its users" };
  }
  const conditions = [`log_processed.msg = "exec"`];
  const chosen = groups.map(condition).filter((each) => each !== undefined);
  if (chosen.length === 1) conditions.push(...chosen);
  else if (chosen.length > 1) conditions.push(`(${chosen.map((each) => `(${each})`).join(" or ")})`);

  const text = [
    `fields ${COLUMNS.join(", ")}`,
    `| filter ${conditions.join(" and ")}`,
    "| sort @timestamp desc",
    `| limit ${String(LIMIT)}`,
  ].join("\n");
  if (text.length > MAX_QUERY) {
    return {
      error: `the filter names too much for one CloudWatch query, which has at most ${String(MAX_QUERY)} characters: choose fewer users and workspaces`,
    };
  }
  return { text, notes: expressionNotes(filter.expression) };
}

function condition({ usernames, workspaceNames }: WorkspaceGroup): string | undefined {
  const parts = [
    oneOf(`${FIELDS}.labels.username`, usernames),
    oneOf(`${FIELDS}.labels.workspace_name`, workspaceNames),
  ].filter((each) => each !== undefined);
  return parts.length === 0 ? undefined : parts.join(" and ");
}

function oneOf(field: string, values: readonly string[]): string | undefined {
  const [first, ...more] = values;
  if (first === undefined) return undefined;
  return more.length === 0 ? `${field} = ${quoted(first)}` : `${field} in [${values.map(quoted).join(", ")}]`;
}

/** In a string of CloudWatch's, a backslash takes the meaning from a quote and from itself. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}
