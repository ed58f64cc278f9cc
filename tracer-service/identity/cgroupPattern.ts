import { readComponent } from "./readComponent.ts";
import { quoteText } from "./quoteText.ts";
import { parseTextWithParts, type Parts, type Piece } from "./textWithParts.ts";

/** Longest name of a directory, in bytes (the kernel's NAME_MAX); a string never has more characters than bytes. */
const MAX_COMPONENT = 255;
const MAX_COMPONENTS = 32;

/**
 * A cgroup path with named parts, anchored at the root of its hierarchy, such as `/workspaces/{username}/{workspace_name}`.
 * A part stands for one or more characters of one component, `{uid}` for a number; a name used again for the same text.
 */
export interface CgroupPattern {
  readonly text: string;
  readonly components: readonly (readonly Piece[])[];
  readonly partNames: ReadonlySet<string>;
}

/** `unclear`: the pattern fits, but what its parts stand for can't be told for certain. */
export type PrefixMatch =
  { readonly type: "match"; readonly parts: Parts } | { readonly type: "unclear"; readonly reason: string };

/** Reads a pattern. Throws one line, `expected …, found …`. */
export function parsePattern(text: string): CgroupPattern {
  if (!text.startsWith("/") || text.endsWith("/")) {
    throw new Error(
      `expected a cgroup path from the root, such as /workspaces/{username}/{workspace_name}, found ${quoteText(text)}`,
    );
  }
  if (/[\p{Cc}\uFFFD]/u.test(text)) {
    throw new Error(`expected a cgroup path in UTF-8 without control characters, found ${quoteText(text)}`);
  }
  const names = text.slice(1).split("/");
  if (names.length > MAX_COMPONENTS) {
    throw new Error(`expected at most ${String(MAX_COMPONENTS)} components, found ${String(names.length)}`);
  }
  const components = names.map(parseComponent);
  return { text, components, partNames: new Set(components.flatMap(partNamesOf)) };
}

/**
 * Matches the first components of a path (`["workspaces", "jessie", "main"]`); what follows them is not looked at, so
 * nothing that is created below can change the result. A pattern matches at one
 * depth only: its number of components.
 */
export function matchPrefix(pattern: CgroupPattern, components: readonly string[]): PrefixMatch | undefined {
  const depth = pattern.components.length;
  if (components.length < depth) return undefined;
  return matchComponents(pattern.components, components.slice(0, depth));
}

/** Whether a cgroup below this one could match; false is certain. */
export function couldMatchBelow(pattern: CgroupPattern, components: readonly string[]): boolean {
  if (components.length >= pattern.components.length) return false;
  return matchComponents(pattern.components.slice(0, components.length), components) !== undefined;
}

/** The longest leading path without parts, under which all matches lie; `/` if there is none. */
export function staticPrefix(pattern: CgroupPattern): string {
  const names: string[] = [];
  for (const [piece, ...others] of pattern.components) {
    if (piece?.type !== "text" || others.length > 0) break;
    names.push(piece.text);
  }
  return `/${names.join("/")}`;
}

/** Two patterns with the same shape match the same paths, whatever their parts are called. */
export function patternShape(pattern: CgroupPattern): string {
  const names = [...pattern.partNames].filter((name) => name !== "uid");
  return pattern.text.replace(/\{([^}]*)\}/g, (part, name: string) =>
    name === "uid" ? part : `{${String(names.indexOf(name))}}`,
  );
}

function matchComponents(
  pattern: readonly (readonly Piece[])[],
  components: readonly string[],
): PrefixMatch | undefined {
  const parts = new Map<string, string>();
  let reason: string | undefined;
  for (const [index, component] of components.entries()) {
    // The kernel gives no such names, except `..` for what lies outside the reader's cgroup namespace.
    if (component === "." || component === "..") return undefined;
    if (component.length > MAX_COMPONENT) {
      if (!(pattern[index] ?? []).some(({ type }) => type === "part")) return undefined;
      reason ??= `${quoteText(component)} is longer than ${String(MAX_COMPONENT)} characters`;
      continue;
    }
    const reading = readComponent(pattern[index] ?? [], component, parts);
    if (reading === undefined) return undefined;
    if (reading === "ambiguous") reason ??= `${quoteText(component)} can be read in more than one way`;
    else for (const [name, value] of reading) parts.set(name, value);
  }
  if (reason !== undefined) return { type: "unclear", reason };
  return { type: "match", parts };
}

function parseComponent(text: string): readonly Piece[] {
  if (text === "" || text === "." || text === "..") {
    throw new Error(`expected a name or a {part} between two /, found ${quoteText(text)}`);
  }
  if (text.length > MAX_COMPONENT) {
    throw new Error(
      `expected at most ${String(MAX_COMPONENT)} characters between two /, found ${String(text.length)}`,
    );
  }
  const pieces = parseTextWithParts(text);
  if (pieces.some((piece, index) => piece.type === "part" && pieces[index + 1]?.type === "part")) {
    throw new Error(`expected text between two parts, found ${quoteText(text)}`);
  }
  const names = partNamesOf(pieces);
  if (new Set(names).size < names.length) {
    throw new Error(`expected each part at most once between two /, found ${quoteText(text)}`);
  }
  return pieces;
}

function partNamesOf(pieces: readonly Piece[]): readonly string[] {
  return pieces.flatMap((piece) => (piece.type === "part" ? [piece.name] : []));
}
