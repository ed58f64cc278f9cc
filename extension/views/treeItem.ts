import * as vscode from "vscode";
import type { ItemText } from "./itemText.ts";

/** The editor's item for a text. Its tooltip is plain: nothing in it is Markdown. */
export function treeItem(
  id: string,
  text: ItemText,
  collapsible = vscode.TreeItemCollapsibleState.None,
): vscode.TreeItem {
  const item = new vscode.TreeItem(text.label, collapsible);
  item.id = id;
  item.description = text.description;
  item.tooltip = text.tooltip;
  item.iconPath = new vscode.ThemeIcon(
    text.icon,
    text.color === undefined ? undefined : new vscode.ThemeColor(text.color),
  );
  item.contextValue = text.contextValue;
  item.accessibilityInformation = {
    label: text.description === "" ? text.label : `${text.label}, ${text.description}`,
  };
  return item;
}
