/** The texts of the interface in the reader's language, by the texts in the code; as `vscode.l10n.bundle` has them. */
export type Texts = Readonly<Record<string, string>>;

/** Puts a text of the interface into a language, `{0}`, `{1}` … replaced: `vscode.l10n.t` does so. */
export type Translate = (message: string, ...values: readonly (string | number)[]) => string;

/** One of each kind for a realm: the extension has it from the editor, the page from its HTML, the worker from the page. */
let texts: ReadonlyMap<string, string> = new Map();

/** What `t` looks up from now on; none: the texts stand as the code has them. */
export function setTexts(translated: Texts): void {
  texts = new Map(Object.entries(translated));
}

/**
 * Puts a text of the interface into the reader's language, as `vscode.l10n.t` does, where the editor is not known. To be
 * called when the text is shown: while modules load, no language is known.
 */
export const t: Translate = (message, ...values) => inserted(texts.get(message) ?? message, values);

/** Leaves a text in English, as logs have it. */
export const english: Translate = (message, ...values) => inserted(message, values);

function inserted(text: string, values: readonly (string | number)[]): string {
  if (values.length === 0) return text;
  return text.replaceAll(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
