import type { Node } from "yaml";

import { quoteText } from "../identity/quoteText.ts";
import { readSmallFile } from "../identity/smallFile.ts";
import { YamlSource } from "../identity/yamlSource.ts";
import { redactionPresets } from "./redactionPresets.ts";
import { compileRule, type RedactionRule } from "./redactionRule.ts";

const MAX_BYTES = 262_144;
const MAX_RULES = 200;

/** Reads the rules of a file. Throws one line that says where it is wrong and what was expected. */
export function readRedactionFile(path: string): readonly RedactionRule[] {
  return parseRedactionRules(path, readSmallFile(path, MAX_BYTES));
}

/**
 * Reads rules from YAML:
 *
 *     presets: true                  # the presets first; else these rules alone
 *     rules:
 *       - name: ticket               # replaced by <redacted:ticket>
 *         pattern: 'TICKET-([0-9]+)' # what it matches, or its first group
 *       - name: pin
 *         after: '^--pin$'           # the argument after one that matches
 *
 * `name` is the file's, for messages. Throws one line, `NAME:LINE: expected …, found …`.
 */
export function parseRedactionRules(name: string, text: string): readonly RedactionRule[] {
  const source = new YamlSource(name, text);
  const top = source.entries(source.root, "a mapping with rules", ["rules", "presets"]);
  const presets = top.find(({ key }) => key === "presets");
  const list = top.find(({ key }) => key === "rules");
  const nodes = list === undefined ? [] : source.items(list.value, "a list of rules");
  if (nodes.length > MAX_RULES)
    source.fail(source.root, `expected at most ${String(MAX_RULES)} rules, found more`);
  const rules = nodes.map((node) => readRule(source, node));
  const withPresets = presets !== undefined && readFlag(source, presets.value);
  if (rules.length === 0 && !withPresets)
    source.fail(source.root, "expected rules or presets, found neither");
  return withPresets ? [...redactionPresets(), ...rules] : rules;
}

function readRule(source: YamlSource, node: Node | null): RedactionRule {
  const entries = source.entries(node, "a rule", ["name", "pattern", "after"]);
  const name = entries.find(({ key }) => key === "name");
  if (name === undefined) return source.fail(node, "expected a name, found none");
  const [kind, other] = entries.filter(({ key }) => key !== "name");
  if (kind === undefined) return source.fail(node, "expected pattern or after, found neither");
  if (other !== undefined) source.fail(other.keyNode, "expected one of pattern and after, found both");
  const ruleName = source.text(name.value, "a name");
  const expression = source.text(kind.value, "a regular expression");
  return source.at(node, () => compileRule(ruleName, kind.key === "after" ? "after" : "pattern", expression));
}

function readFlag(source: YamlSource, node: Node | null): boolean {
  const value = source.scalar(node, "true or false");
  if (typeof value === "boolean") return value;
  return source.fail(node, `expected true or false, found ${quoteText(String(value))}`);
}
