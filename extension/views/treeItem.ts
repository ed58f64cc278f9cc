import * as vscode from "vscode";
import type { ItemText } from "./itemText.ts";

/** The editor's item for a text. Its tooltip is made when it is asked for, which tells that somebody reads it. */
export function treeItem(
  id: string,
  text: Omit<ItemText, "tooltip">,
  collapsible = vscode.TreeItemCollapsibleState.None,
): vscode.TreeItem {
  const item = new vscode.TreeItem(text.label, collapsible);
  item.id = id;
  item.description = text.description;
  item.iconPath = new vscode.ThemeIcon(
    text.icon,
    text.color === undefined ? undefined : new vscode.ThemeColor(text.color),
  );
  item.contextValue = text.contextValue;
  const spoken = [text.label, text.iconText ?? "", text.description];
  item.accessibilityInformation = { label: spoken.filter((part) => part !== "").join(", ") };
  return item;
}
