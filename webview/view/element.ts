import { toVisibleText } from "../hostileText.ts";
import { t } from "../../protocol/text/translate.ts";
import { formatCount } from "./numberText.ts";

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

/** Sets an attribute, or takes it away; one that is the same already is not touched. */
export function setAttribute(target: Element, name: string, value: string | undefined): void {
  if (value === undefined) target.removeAttribute(name);
  else if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}

/** Sets the classes; the same ones are not touched. */
export function setClass(target: Element, className: string): void {
  if (target.className !== className) target.className = className;
}

/** Puts hostile text into `target`, in place of what it held: what can't be seen is named in spans of its own. */
export function showHostileText(target: HTMLElement, text: string, max: number): void {
  const { pieces, cut } = toVisibleText(text, max);
  const [piece, ...others] = pieces;
  const { firstChild } = target;
  // Most texts hide nothing: then the node that is there already can show it.
  const isPlain = piece?.hidden === false && others.length === 0 && cut === 0;
  if (isPlain && firstChild instanceof Text && firstChild.nextSibling === null) {
    if (firstChild.data !== piece.text) firstChild.data = piece.text;
    return;
  }
  const nodes: Node[] = pieces.map(({ text: shown, hidden }) =>
    hidden ? element("span", "hidden-character", { text: shown }) : document.createTextNode(shown),
  );
  if (cut > 0) nodes.push(element("span", "text-cut", { text: t("… {0} more", formatCount(cut)) }));
  target.replaceChildren(...nodes);
}
