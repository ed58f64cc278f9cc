import { toVisibleText } from "../hostileText.ts";

/** What `element` sets besides the class. */
export interface ElementOptions {
  readonly text?: string;
  readonly title?: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Makes an element; its text becomes a text node, never markup. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  className: string,
  options: ElementOptions = {},
  children: readonly Node[] = [],
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (className !== "") made.className = className;
  if (options.text !== undefined) made.textContent = options.text;
  if (options.title !== undefined) made.title = options.title;
  for (const [name, value] of Object.entries(options.attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** A sign of the icon font that assistive technology does not read. */
export function icon(name: string): HTMLSpanElement {
  return element("span", `codicon codicon-${name}`, { attributes: { "aria-hidden": "true" } });
}

/** Puts hostile text into `target`, in place of what it held: what can't be seen is named in spans of its own. */
export function showHostileText(target: HTMLElement, text: string, max: number): void {
  const { pieces, cut } = toVisibleText(text, max);
  const nodes: Node[] = pieces.map((piece) =>
    piece.hidden
      ? element("span", "hidden-character", { text: piece.text })
      : document.createTextNode(piece.text),
  );
  if (cut > 0) nodes.push(element("span", "text-cut", { text: `… ${cut.toLocaleString("en")} more` }));
  target.replaceChildren(...nodes);
}
