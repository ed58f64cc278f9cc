/** The page's texts in the reader's language, by the texts in the code; as `vscode.l10n.bundle` has them. */
export type Texts = Readonly<Record<string, string>>;

/** One of each kind for a realm: the page reads it from its HTML, and gives it to its worker. */
let texts: ReadonlyMap<string, string> = new Map();

/** What `t` looks up from now on; none: the texts stand as the code has them. */
export function setTexts(translated: Texts): void {
  texts = new Map(Object.entries(translated));
}

/**
 * Puts a text of the interface into the reader's language, `{0}`, `{1}` … replaced, as `vscode.l10n.t` does in the
 * extension. To be called when the text is shown: while modules load, no language is known.
 */
export function t(message: string, ...values: readonly (string | number)[]): string {
  const text = texts.get(message) ?? message;
  if (values.length === 0) return text;
  return text.replaceAll(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
