import * as vscode from "vscode";

/** A time, in milliseconds since 1970, in the editor's language and this machine's time zone. */
export function localTime(ms: number): string {
  return new Date(ms).toLocaleString(vscode.env.language);
}
