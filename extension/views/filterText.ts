import type { WorkspaceName } from "../../protocol/stream.ts";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import { nativeText } from "../text/nativeText.ts";

/** So many names of a kind are spelled out. */
const NAMES_SHOWN = 3;

/** A workspace as people write it: `jessie/main`, or `main` of any user. */
export function workspaceNameText({ username, workspaceName }: WorkspaceName): string {
  const name = nativeText(workspaceName, 60);
  return username === undefined ? name : `${nativeText(username, 60)}/${name}`;
}

/** The filter in one short line that is safe to show; empty when everything is let through. */
export function filterText({ usernames, workspaces, expression }: ViewFilter): string {
  const parts = [
    some(usernames.map((name) => nativeText(name, 60))),
    some(workspaces.map(workspaceNameText)),
    nativeText(expression.trim(), 80),
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

function some(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return names.slice(0, NAMES_SHOWN).join(", ") + (more > 0 ? ` +${more}` : "");
}
