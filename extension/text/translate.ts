/** Puts a text of the interface into the reader's language, `{0}`, `{1}` … replaced: `vscode.l10n.t` does so. */
export type Translate = (message: string, ...values: (string | number)[]) => string;
