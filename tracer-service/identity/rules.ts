import type { Labels } from "../../protocol/events.ts";
import { parsePattern, type CgroupPattern } from "./cgroupPattern.ts";
import { parseLabel, type LabelTemplates } from "./labelTemplates.ts";
import type { Piece } from "./textWithParts.ts";

/** The workspace of all processes in cgroups that the pattern matches, and below them. */
export interface CgroupRule {
  readonly type: "cgroup";
  readonly pattern: CgroupPattern;
  readonly labels: LabelTemplates;
}

/** Login uids, both ends included. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/** The workspace of processes that left their user's cgroup (cron, at, `sudo systemd-run --scope`), by their login uid. */
export interface LoginUidRule {
  readonly type: "login_uid";
  readonly range: UidRange;
  readonly labels: LabelTemplates;
}

/** How processes of this host come to their labels; of rules that match at the same depth the first in the list wins. */
export type Rule = CgroupRule | LoginUidRule;

/** The part that stands for the name of `{uid}` in the password database. */
const USER_PART = "user";

/** Parts that the labels of a rule may use: the pattern's, and `{user}` beside `{uid}`. */
export function usableParts(pattern: CgroupPattern): ReadonlySet<string> {
  return pattern.partNames.has("uid") ? new Set([...pattern.partNames, USER_PART]) : pattern.partNames;
}

/** Parts that the labels of a login-uid rule may use. */
export const loginUidParts: ReadonlySet<string> = new Set(["uid", USER_PART]);

/** Makes a rule: each part but `{uid}` is a label by itself, the labels given come on top. Throws one line. */
export function cgroupRule(pattern: CgroupPattern, labels: LabelTemplates): CgroupRule {
  if (pattern.partNames.has(USER_PART)) {
    throw new Error("expected another name than {user}, which is the name of {uid}: use {username}");
  }
  const own = [...pattern.partNames]
    .filter((name) => name !== "uid")
    .map((name): [string, readonly Piece[]] => [name, [{ type: "part", name }]]);
  return { type: "cgroup", pattern, labels: withUsername(new Map([...own, ...labels])) };
}

/** Makes a rule for login uids. Throws one line. */
export function loginUidRule(range: UidRange, labels: LabelTemplates): LoginUidRule {
  return { type: "login_uid", range, labels: withUsername(labels) };
}

/** What a host has without a rules file: per-user workspaces, code-server as its packages install it, and logins. */
export const builtInRules: readonly Rule[] = [
  builtInCgroupRule("/workspaces/{username}/{workspace_name}", {}),
  builtInCgroupRule("/system.slice/system-code\\x2dserver.slice/code-server@{username}.service", {
    workspace_name: "code-server",
  }),
  builtInCgroupRule("/user.slice/user-{uid}.slice/user@{uid}.service/app.slice/code-server.service", {
    username: "{user}",
    workspace_name: "code-server",
  }),
  builtInCgroupRule("/user.slice/user-{uid}.slice", { username: "{user}", workspace_name: "login" }),
  // Regular users, as Debian counts them.
  loginUidRule(
    { first: 1000, last: 59_999 },
    parseLabels({ username: "{user}", workspace_name: "login" }, loginUidParts),
  ),
];

/** Without a username nobody could tell whether a deeper match belongs to the same user. */
function withUsername(labels: LabelTemplates): LabelTemplates {
  if (!labels.has("username"))
    throw new Error("expected a label username or a part {username}, found neither");
  return labels;
}

function builtInCgroupRule(text: string, labels: Labels): CgroupRule {
  const pattern = parsePattern(text);
  return cgroupRule(pattern, parseLabels(labels, usableParts(pattern)));
}

function parseLabels(labels: Labels, partNames: ReadonlySet<string>): LabelTemplates {
  return new Map(Object.entries(labels).map(([name, value]) => [name, parseLabel(name, value, partNames)]));
}
