import { escapeJson } from "../../protocol/escapeJson.ts";
import { quoteForShell } from "../../protocol/shellQuote.ts";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import { USUAL_LABEL_KEYS } from "./labelKeys.ts";
import type { WorkspaceLabelKeys } from "./labelKeys.ts";
import { expressionNotes } from "./query.ts";
import type { Query } from "./query.ts";
import { workspaceGroups } from "./workspaceGroups.ts";
import type { WorkspaceGroup } from "./workspaceGroups.ts";

/** What is known of the cluster. */
export interface KubectlOptions {
  /** As the pods have them; the usual ones when left out. */
  readonly labelKeys?: readonly WorkspaceLabelKeys[] | undefined;
  /** One command each; the context's own when there is none. */
  readonly namespaces?: readonly string[] | undefined;
  /** Whether sidecars log, which is so when nothing is known. */
  readonly bySidecars?: boolean | undefined;
  /** Whether the nodes' tracers log: one log has the lines of all workspaces, and they are searched for. */
  readonly byTracers?: boolean | undefined;
  /** How many pods there are to ask. */
  readonly pods?: number | undefined;
}

/** kubectl's own limit is 5, and it refuses to follow more. */
const LEAST_LOG_REQUESTS = 50;
/** What Kubernetes takes as a label's value; the empty one is left out, since no workspace has it. */
const LABEL_VALUE = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/**
 * The `kubectl logs` command that prints the log lines of the filter's users and workspaces, with one selector. Where
 * no single selector holds exactly them, several commands, a line each.
 */
export function kubectlCommand(filter: ViewFilter, options: KubectlOptions = {}): Query {
  const names = [
    ...filter.usernames,
    ...filter.workspaces.flatMap((each) => [each.username ?? "", each.workspaceName]),
  ];
  const impossible = names.find((name) => name !== "" && !LABEL_VALUE.test(name));
  if (impossible !== undefined) {
    return {
      error: `no kubectl command can select ${escapeJson(impossible)}: a label's value has at most 63 letters, digits, "-", "_" and ".", and begins and ends with a letter or digit`,
    };
  }
  if (
    filter.usernames.includes("") ||
    filter.workspaces.some(({ username, workspaceName }) => username === "" || workspaceName === "")
  ) {
    return { error: "no kubectl command can select a user or a workspace without a name" };
  }
  const groups = workspaceGroups(filter);
  if (groups.length === 0) {
    return { error: "the filter lets nothing through: its workspaces belong to none of its users" };
  }
  const { bySidecars = true, byTracers = false, labelKeys = [USUAL_LABEL_KEYS] } = options;
  const namespaces: readonly (string | undefined)[] =
    options.namespaces === undefined || options.namespaces.length === 0 ? [undefined] : options.namespaces;
  const lines: string[] = [];
  for (const group of groups) {
    if (byTracers) lines.push(tracerCommand(group, options));
    for (const namespace of bySidecars ? namespaces : []) {
      for (const keys of labelKeys) lines.push(command(selector(group, keys), namespace, options));
    }
  }
  return { text: lines.join("\n"), notes: expressionNotes(filter.expression) };
}

/** What a user types can't look like these: in a line of JSON, its quotes have a backslash before them. */
function tracerCommand({ usernames, workspaceNames }: WorkspaceGroup, options: KubectlOptions): string {
  const searches = [
    ["username", usernames],
    ["workspace_name", workspaceNames],
  ] as const;
  return [
    logs(["--namespace", "process-logging"], "app.kubernetes.io/name=tracer", options),
    ...searches
      .filter(([, names]) => names.length > 0)
      .map(([label, names]) => {
        const any = names.map((name) => name.replaceAll(".", String.raw`\.`)).join("|");
        return quoteForShell(["grep", "-E", `"${label}":"(${any})"`]);
      }),
  ].join(" | ");
}

function selector({ usernames, workspaceNames }: WorkspaceGroup, keys: WorkspaceLabelKeys): string {
  const requirements = [
    requirement(keys.username, usernames),
    requirement(keys.workspaceName, workspaceNames),
  ];
  const told = requirements.filter((each) => each !== undefined);
  return told.length === 0 ? keys.workspaceName : told.join(",");
}

function requirement(key: string, values: readonly string[]): string | undefined {
  const [first, ...more] = values;
  if (first === undefined) return undefined;
  return more.length === 0 ? `${key}=${first}` : `${key} in (${values.join(",")})`;
}

function command(labelSelector: string, namespace: string | undefined, options: KubectlOptions): string {
  return logs(namespace === undefined ? [] : ["--namespace", namespace], labelSelector, options);
}

function logs(place: readonly string[], labelSelector: string, { pods }: KubectlOptions): string {
  const requests = Math.max(LEAST_LOG_REQUESTS, pods ?? 0);
  return quoteForShell([
    ...["kubectl", "logs", ...place],
    ...["--selector", labelSelector, "--container", "exectrace"],
    ...["--tail=-1", `--max-log-requests=${String(requests)}`],
  ]);
}
