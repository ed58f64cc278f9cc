import type { Node } from "yaml";

import { showHidden } from "../../protocol/hiddenCharacters.ts";
import { constants } from "../kernel/layout.ts";
import { parsePattern, patternShape, staticPrefix } from "./cgroupPattern.ts";
import { parseLabel, type LabelTemplates } from "./labelTemplates.ts";
import { quoteText } from "./quoteText.ts";
import { builtInRules, cgroupRule, loginUidParts, loginUidRule, usableParts } from "./rules.ts";
import type { CgroupRule, LoginUidRule, Rule, UidRange } from "./rules.ts";
import { scopePathProblem } from "./scopePath.ts";
import { readSmallFile } from "./smallFile.ts";
import { parseUid } from "./uidText.ts";
import { YamlSource, type YamlEntry } from "./yamlSource.ts";

const MAX_BYTES = 1024 * 1024;

/** Reads the rules of a file. Throws one line that says where it is wrong and what was expected. */
export function readRulesFile(path: string): readonly Rule[] {
  return parseRules(path, readSmallFile(path, MAX_BYTES));
}

/**
 * Reads rules from YAML:
 *
 *     extend_defaults: true                        # these rules first, then the built-in ones; else these alone
 *     rules:
 *       - cgroup: /workspaces/{username}/{workspace_name}
 *         labels: { organization_id: default }     # on top of the labels that the parts are by themselves
 *       - cgroup: /user.slice/user-{uid}.slice
 *         labels: { username: "{user}", workspace_name: login }   # {user}: the name of {uid}
 *       - login_uid: 1000-59999
 *         labels: { username: "{user}", workspace_name: login }
 *
 * `name` is the file's, for messages. Throws one line, `NAME:LINE: expected …, found …`.
 */
export function parseRules(name: string, text: string): readonly Rule[] {
  const source = new YamlSource(showHidden(name), text);
  const top = source.entries(source.root, "a mapping with rules", ["rules", "extend_defaults"]);
  const list = top.find(({ key }) => key === "rules");
  if (list === undefined) return source.fail(source.root, "expected rules, found none");

  const defaults = extendsDefaults(source, top) ? builtInRules : [];
  let rangesLeft = constants.LOGIN_UID_RANGES - defaults.filter(isLoginUidRule).length;
  const seen: { readonly rule: Rule; readonly line: number }[] = [];
  for (const node of source.items(list.value, "a list of rules")) {
    const rule = readRule(source, node);
    const covering = seen.find((earlier) => covers(earlier.rule, rule));
    if (covering !== undefined) {
      source.fail(
        node,
        `expected a rule of its own, found one that the rule at line ${String(covering.line)} covers`,
      );
    }
    if (isLoginUidRule(rule) && rangesLeft-- === 0) {
      const limit = `at most ${String(constants.LOGIN_UID_RANGES)} rules by login_uid`;
      source.fail(
        node,
        `expected ${limit}${defaults.length > 0 ? ", the built-in one included" : ""}, found another`,
      );
    }
    seen.push({ rule, line: source.line(node) });
  }
  if (seen.length === 0) source.fail(list.value, "expected at least one rule, found none");
  return [...seen.map(({ rule }) => rule), ...defaults];
}

function isLoginUidRule({ type }: Rule): boolean {
  return type === "login_uid";
}

function extendsDefaults(source: YamlSource, top: readonly YamlEntry[]): boolean {
  const entry = top.find(({ key }) => key === "extend_defaults");
  if (entry === undefined) return false;
  const value = source.scalar(entry.value, "true or false");
  if (typeof value === "boolean") return value;
  return source.fail(entry.value, `expected true or false, found ${quoteText(String(value))}`);
}

function readRule(source: YamlSource, node: Node | null): Rule {
  const entries = source.entries(node, "a rule", ["cgroup", "login_uid", "labels"]);
  const [kind, other] = entries.filter(({ key }) => key !== "labels");
  if (kind === undefined) return source.fail(node, "expected cgroup or login_uid, found neither");
  if (other !== undefined) source.fail(other.keyNode, "expected one of cgroup and login_uid, found both");
  const labels = entries.find(({ key }) => key === "labels");
  return kind.key === "cgroup"
    ? readCgroupRule(source, kind, labels)
    : readLoginUidRule(source, kind, labels);
}

function readCgroupRule(source: YamlSource, entry: YamlEntry, labels: YamlEntry | undefined): CgroupRule {
  const text = source.text(entry.value, "a cgroup path");
  const pattern = source.at(entry.value, () => parsePattern(text));
  const problem = scopePathProblem(staticPrefix(pattern));
  if (problem !== undefined) source.fail(entry.value, `expected ${problem}, found ${quoteText(text)}`);
  const templates = readLabels(source, labels, usableParts(pattern));
  return source.at(entry.value, () => cgroupRule(pattern, templates));
}

function readLoginUidRule(source: YamlSource, entry: YamlEntry, labels: YamlEntry | undefined): LoginUidRule {
  const range = readRange(source, entry.value);
  const templates = readLabels(source, labels, loginUidParts);
  return source.at(entry.value, () => loginUidRule(range, templates));
}

function readRange(source: YamlSource, node: Node | null): UidRange {
  const expected = "a uid or a range such as 1000-59999";
  const value = String(source.scalar(node, expected));
  const [first, last, ...more] = value.split("-").map(parseUid);
  const end = value.includes("-") ? last : first;
  if (first === undefined || end === undefined || end < first || more.length > 0) {
    return source.fail(node, `expected ${expected}, found ${quoteText(value)}`);
  }
  return { first, last: end };
}

function readLabels(
  source: YamlSource,
  entry: YamlEntry | undefined,
  parts: ReadonlySet<string>,
): LabelTemplates {
  if (entry === undefined) return new Map();
  const labels = source.entries(entry.value, "labels");
  return new Map(
    labels.map(({ key, keyNode, value }) => {
      const text = source.text(value, `a value for ${quoteText(key)}`);
      return [key, source.at(value ?? keyNode, () => parseLabel(key, text, parts))];
    }),
  );
}

/** Whether the later rule could never be used. */
function covers(earlier: Rule, later: Rule): boolean {
  if (earlier.type === "cgroup") {
    return later.type === "cgroup" && patternShape(earlier.pattern) === patternShape(later.pattern);
  }
  return (
    later.type === "login_uid" &&
    earlier.range.first <= later.range.first &&
    later.range.last <= earlier.range.last
  );
}
