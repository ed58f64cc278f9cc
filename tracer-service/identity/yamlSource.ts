import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, type Node } from "yaml";

import { showHidden } from "../../protocol/hiddenCharacters.ts";
import { quoteText } from "./quoteText.ts";

/** A key of a mapping with its value; an empty value is a node, too, or null where nothing stands. */
export interface YamlEntry {
  readonly key: string;
  readonly keyNode: Node;
  readonly value: Node | null;
}

/** A YAML text whose values are read one by one; all errors are one line, `NAME:LINE: expected …, found …`. */
export class YamlSource {
  readonly root: Node | null;
  readonly #name: string;
  readonly #text: string;
  readonly #lines = new LineCounter();

  /** `name` is the file's, for messages. Throws where the text is no YAML. */
  constructor(name: string, text: string) {
    this.#name = name;
    this.#text = text;
    // Duplicate keys are looked for in `entries`: the package compares all pairs, in quadratic time.
    const options = { lineCounter: this.#lines, prettyErrors: false, uniqueKeys: false };
    const document = parseDocument(text, options);
    const [problem] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
    if (problem !== undefined) {
      const message = showHidden(problem.message.replace(/\p{Cc}+/gu, " "));
      throw new Error(`${this.#place(problem.pos[0])}: expected valid YAML, found an error: ${message}`);
    }
    this.root = document.contents;
  }

  /** The line, from 1, at which a node begins. */
  line(node: Node | null): number {
    return this.#lineAt(node?.range?.[0] ?? 0);
  }

  /** Throws `NAME:LINE: message`. */
  fail(node: Node | null, message: string): never {
    throw new Error(`${this.#place(node?.range?.[0] ?? 0)}: ${message}`);
  }

  /** What `read` returns; what it throws is put at the line of `node`. */
  at<T>(node: Node | null, read: () => T): T {
    try {
      return read();
    } catch (cause) {
      throw new Error(`${this.#place(node?.range?.[0] ?? 0)}: ${messageOf(cause)}`, { cause });
    }
  }

  /** The entries of a mapping whose keys are texts, each used once. `keys`: the only ones there may be. */
  entries(node: Node | null, expected: string, keys?: readonly string[]): readonly YamlEntry[] {
    if (!isMap(node)) return this.fail(node, `expected ${expected}, found ${describe(node)}`);
    const seen = new Set<string>();
    return node.items.map((pair) => {
      const keyNode = isNode(pair.key) ? pair.key : node;
      const key = this.text(keyNode, "a name");
      if (seen.has(key)) this.fail(keyNode, `expected each key once, found ${quoteText(key)} again`);
      if (keys !== undefined && !keys.includes(key)) {
        this.fail(keyNode, `expected ${keys.join(" or ")}, found ${quoteText(key)}`);
      }
      seen.add(key);
      return { key, keyNode, value: isNode(pair.value) ? pair.value : null };
    });
  }

  /** The items of a list. */
  items(node: Node | null, expected: string): readonly (Node | null)[] {
    if (!isSeq(node)) return this.fail(node, `expected ${expected}, found ${describe(node)}`);
    return node.items.map((item) => (isNode(item) ? item : null));
  }

  /** A text; numbers and the like are none unless quoted. */
  text(node: Node | null, expected: string): string {
    const value = this.scalar(node, expected);
    if (typeof value === "string") return value;
    return this.fail(node, `expected ${expected} as text, found ${describe(node)}: put quotes around it`);
  }

  /** Any value that is neither a list nor a mapping. */
  scalar(node: Node | null, expected: string): unknown {
    if (!isScalar(node) || node.value === null)
      return this.fail(node, `expected ${expected}, found ${describe(node)}`);
    const source = this.#text.slice(node.range?.[0], node.range?.[1]);
    if (node.type === "QUOTE_DOUBLE" && source.includes("\\")) {
      // In double quotes \x2d is a -, which makes another cgroup of system-code\x2dserver.slice.
      this.fail(node, "expected single quotes around a text with a backslash, found double quotes");
    }
    return node.value;
  }

  #place(offset: number): string {
    return `${this.#name}:${String(this.#lineAt(offset))}`;
  }

  #lineAt(offset: number): number {
    return Math.max(1, this.#lines.linePos(offset).line);
  }
}

function describe(node: Node | null): string {
  if (node === null) return "nothing";
  if (isMap(node)) return "a mapping";
  if (isSeq(node)) return "a list";
  if (isAlias(node)) return "an alias";
  if (!isScalar(node) || node.value === null) return "nothing";
  if (typeof node.value === "string") return quoteText(node.value);
  return `the ${typeof node.value} ${quoteText(node.source ?? "").slice(1, -1)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
