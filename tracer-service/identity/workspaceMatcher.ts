import type { Labels } from "../../protocol/events.ts";
import { couldMatchBelow, matchPrefix, staticPrefix } from "./cgroupPattern.ts";
import { fillLabels, labelProblem, type FilledLabels, type LabelTemplates } from "./labelTemplates.ts";
import { quoteText } from "./quoteText.ts";
import type { CgroupRule, LoginUidRule, Rule, UidRange } from "./rules.ts";
import type { Parts } from "./textWithParts.ts";
import { parseUid } from "./uidText.ts";

/** The workspace of a cgroup. */
export interface CgroupWorkspace {
  readonly attribution: "cgroup";
  /** Path of the cgroup at which the workspace begins. */
  readonly root: string;
  readonly labels: Labels;
  /** Index of the rule in the matcher's list. */
  readonly rule: number;
}

/** The workspace of a login uid, wherever its processes are. */
export interface LoginUidWorkspace {
  readonly attribution: "loginuid";
  readonly root: undefined;
  readonly labels: Labels;
  /** Index of the rule in the matcher's list. */
  readonly rule: number;
}

/** How many problems are remembered, so that each is reported once. */
const REPORTED_LIMIT = 1000;

/** And of how many login uids it is remembered what they gave: a rule may be for any number of them. */
const LOGINS_LIMIT = 65_536;

/** The names of uids in the password database; it is asked at each match, and does its own caching. */
export interface UserDirectory {
  nameOf(uid: number): string | undefined;
  /** Of a uid that its user may have chosen. */
  nameOfLogin(uid: number): string | undefined;
}

interface Indexed<T> {
  readonly rule: T;
  readonly index: number;
}

/**
 * Tells which workspace a cgroup path or a login uid belongs to.
 *
 * The users of workspaces create cgroups below their own and name them as they like. So the outermost match decides;
 * of rules that match there, the first in the list. A deeper match only refines it: it may say which workspace of
 * that user, in labels that begin with `workspace_`, and add labels; one that would change any other is not taken.
 * Of several refinements the deepest counts. Nothing else below the outermost match is looked at.
 *
 * Where the outermost match gives no certain identity (a part that can be read in two ways, a name that is no valid
 * label), there is no match at all, neither by a later rule nor deeper; `report` receives one line for each such cgroup.
 */
export class WorkspaceMatcher {
  readonly #cgroupRules: readonly Indexed<CgroupRule>[];
  readonly #loginUidRules: readonly Indexed<LoginUidRule>[];
  readonly #maxDepth: number;
  readonly #users: UserDirectory;
  readonly #report: (problem: string) => void;
  readonly #reported = new Set<string>();
  readonly #logins = new Map<
    number,
    { readonly user: string; readonly match: LoginUidWorkspace | undefined }
  >();

  constructor(rules: readonly Rule[], users: UserDirectory, report: (problem: string) => void) {
    const indexed = rules.map((rule, index) => ({ rule, index }));
    // The order of equal depths stays.
    this.#cgroupRules = indexed.filter(isCgroupRule).sort((a, b) => depthOf(a) - depthOf(b));
    this.#loginUidRules = indexed.filter(isLoginUidRule);
    this.#maxDepth = Math.max(0, ...this.#cgroupRules.map(depthOf));
    this.#users = users;
    this.#report = report;
  }

  /** The workspace of a cgroup, by its path as the kernel gives it, without the ` (deleted)` of /proc/PID/cgroup. */
  match(path: string): CgroupWorkspace | undefined {
    const found = this.#find(path);
    if (typeof found !== "string") return found;
    this.#reportOnce(found);
    return undefined;
  }

  /** Whether the cgroup is some workspace's, but nobody can tell whose: it has no match and belongs in the log all the same. */
  isUncertain(path: string): boolean {
    return typeof this.#find(path) === "string";
  }

  /** The workspace of a login uid, by the first rule that has it: the same object as long as the user's name stays. */
  matchLoginUid(uid: number): LoginUidWorkspace | undefined {
    const found = this.#loginUidRules.find(({ rule }) => rule.range.first <= uid && uid <= rule.range.last);
    if (found === undefined) return undefined;
    const user = userName(uid, this.#users.nameOfLogin(uid));
    const known = this.#logins.get(uid);
    if (known?.user === user) return known.match;
    const match = this.#matchLogin(uid, user, found);
    if (this.#logins.size >= LOGINS_LIMIT) this.#logins.clear();
    this.#logins.set(uid, { user, match });
    return match;
  }

  #matchLogin(uid: number, user: string, found: Indexed<LoginUidRule>): LoginUidWorkspace | undefined {
    const parts = new Map([
      ["uid", String(uid)],
      ["user", user],
    ]);
    const filled = fillLabels(found.rule.labels, parts);
    if (filled.type === "invalid") {
      this.#reportOnce(`no workspace for the login uid ${String(uid)}: ${filled.reason}`);
      return undefined;
    }
    return { attribution: "loginuid", root: undefined, labels: filled.labels, rule: found.index };
  }

  /** The fewest paths under which all matches lie, sorted. */
  capturePrefixes(): readonly string[] {
    const prefixes = [...new Set(this.#cgroupRules.map(({ rule }) => staticPrefix(rule.pattern)))].sort();
    return prefixes.filter((path) => !prefixes.some((other) => other !== path && isBelow(path, other)));
  }

  /** The login uids that rules know, in the order of the rules; ranges may overlap. */
  loginUidRanges(): readonly UidRange[] {
    return this.#loginUidRules.map(({ rule }) => rule.range);
  }

  /** Whether a workspace could begin below this cgroup; false is certain. */
  canMatchBelow(path: string): boolean {
    const components = this.#split(path);
    return (
      components !== undefined &&
      this.#cgroupRules.some(({ rule }) => couldMatchBelow(rule.pattern, components))
    );
  }

  /** The workspace, or in one line why the outermost match gives none. */
  #find(path: string): CgroupWorkspace | string | undefined {
    const components = this.#split(path);
    if (components === undefined) return undefined;
    let found: CgroupWorkspace | undefined;
    let foundDepth = 0;
    for (const { rule, index } of this.#cgroupRules) {
      const depth = rule.pattern.components.length;
      if (depth === foundDepth) continue;
      const match = matchPrefix(rule.pattern, components);
      if (match === undefined) continue;
      const root = `/${components.slice(0, depth).join("/")}`;
      const filled: FilledLabels =
        match.type === "match"
          ? this.#fill(rule.labels, match.parts)
          : { type: "invalid", reason: match.reason };
      if (filled.type === "invalid") {
        if (found !== undefined) continue;
        return `no workspace for the cgroup ${quoteText(root)}: ${filled.reason}`;
      }
      const labels = found === undefined ? filled.labels : refine(found.labels, filled.labels);
      if (labels === undefined) continue;
      found = { attribution: "cgroup", root, labels, rule: index };
      foundDepth = depth;
    }
    return found;
  }

  /** The users of a workspace without a name can make cgroups below it all day. */
  #reportOnce(problem: string): void {
    if (this.#reported.has(problem)) return;
    if (this.#reported.size >= REPORTED_LIMIT) this.#reported.clear();
    this.#reported.add(problem);
    this.#report(problem);
  }

  /** As many components as the longest pattern has; undefined where the path is not one from the root. */
  #split(path: string): readonly string[] | undefined {
    if (!path.startsWith("/")) return undefined;
    return path === "/" ? [] : path.split("/", this.#maxDepth + 1).slice(1);
  }

  #fill(templates: LabelTemplates, parts: Parts): FilledLabels {
    const uid = parseUid(parts.get("uid") ?? "");
    if (uid === undefined) return fillLabels(templates, parts);
    return fillLabels(templates, new Map([...parts, ["user", userName(uid, this.#users.nameOf(uid))]]));
  }
}

/** A name that is no valid label, or that could be taken for another uid, would be a worse answer than the number. */
function userName(uid: number, name: string | undefined): string {
  const usable = name !== undefined && labelProblem(name) === undefined && !/^[0-9]+$/.test(name);
  return usable ? name : String(uid);
}

/** The labels of a deeper match; undefined if it would change who or what the outer one is, besides its workspace. */
function refine(outer: Labels, deeper: Labels): Labels | undefined {
  const kept = Object.entries(outer).filter(([name]) => !name.startsWith("workspace_"));
  const agrees = kept.every(([name, value]) => !Object.hasOwn(deeper, name) || deeper[name] === value);
  return agrees ? { ...Object.fromEntries(kept), ...deeper } : undefined;
}

function isBelow(path: string, ancestor: string): boolean {
  return path.startsWith(ancestor === "/" ? "/" : `${ancestor}/`);
}

function depthOf({ rule }: Indexed<CgroupRule>): number {
  return rule.pattern.components.length;
}

function isCgroupRule(indexed: Indexed<Rule>): indexed is Indexed<CgroupRule> {
  return indexed.rule.type === "cgroup";
}

function isLoginUidRule(indexed: Indexed<Rule>): indexed is Indexed<LoginUidRule> {
  return indexed.rule.type === "login_uid";
}
