import * as vscode from "vscode";
import { nativeText } from "../text/nativeText.ts";
import { countText } from "../text/numbers.ts";
import type { NameChoice } from "./nameChoices.ts";

/** What is asked. */
export interface PickNamesOptions<T> {
  readonly title: string;
  readonly placeholder: string;
  readonly choices: readonly NameChoice<T>[];
  /** Chosen when the list opens. */
  readonly chosen: readonly T[];
  /** Safe to show. */
  readonly text: (value: T) => string;
  /** The same for the same name. */
  readonly key: (value: T) => string;
  /** What was typed, as a name that need not exist yet. */
  readonly parse: (typed: string) => T | undefined;
}

interface NameItem<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/** Asks for any number of names, also ones that do not exist yet; undefined: the user went away. */
export async function pickNames<T>(options: PickNamesOptions<T>): Promise<readonly T[] | undefined> {
  const pick = vscode.window.createQuickPick<NameItem<T>>();
  pick.title = options.title;
  pick.placeholder = options.placeholder;
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  const items = options.choices.map((choice) => nameItem(choice, options));
  const chosenKeys = new Set(options.chosen.map(options.key));
  pick.items = items;
  pick.selectedItems = items.filter(({ value }) => chosenKeys.has(options.key(value)));
  pick.onDidChangeValue((typed) => {
    offerTyped(pick, items, typed, options);
  });
  pick.onDidChangeSelection((selected) => {
    // A name that was typed and chosen stays in the list, whatever is typed next.
    for (const item of selected) if (!items.includes(item)) items.push(keepTyped(item, options));
  });
  try {
    return await new Promise<readonly T[] | undefined>((resolve) => {
      pick.onDidAccept(() => {
        resolve(acceptedNames(pick, chosenKeys, options));
      });
      pick.onDidHide(() => {
        resolve(undefined);
      });
      pick.show();
    });
  } finally {
    pick.dispose();
  }
}

/** What is ticked; when no tick has changed and a name was typed, that name or the item in focus too. */
function acceptedNames<T>(
  { selectedItems, activeItems, value: typed }: vscode.QuickPick<NameItem<T>>,
  chosenKeys: ReadonlySet<string>,
  { key, parse }: PickNamesOptions<T>,
): readonly T[] {
  const values = selectedItems.map(({ value }) => value);
  const isChanged = values.length !== chosenKeys.size || values.some((value) => !chosenKeys.has(key(value)));
  if (isChanged || typed.trim() === "") return values;
  const meant = activeItems[0]?.value ?? parse(typed.trim());
  return meant === undefined || chosenKeys.has(key(meant)) ? values : [...values, meant];
}

function nameItem<T>(choice: NameChoice<T>, { text }: PickNamesOptions<T>): NameItem<T> {
  const { value, workspaces, execs } = choice;
  const description =
    workspaces === 0
      ? vscode.l10n.t("not seen yet")
      : workspaces === 1
        ? vscode.l10n.t("{0} programs", countText(execs))
        : vscode.l10n.t("{0} workspaces, {1} programs", countText(workspaces), countText(execs));
  return { label: text(value), description, value };
}

function keepTyped<T>(item: NameItem<T>, { text }: PickNamesOptions<T>): NameItem<T> {
  return Object.assign(item, { label: text(item.value), alwaysShow: false });
}

/** An item for what is typed, unless there is one. Setting the items takes the selection away, so it is set again. */
function offerTyped<T>(
  pick: vscode.QuickPick<NameItem<T>>,
  items: readonly NameItem<T>[],
  typed: string,
  { parse, key }: PickNamesOptions<T>,
): void {
  const value = parse(typed.trim());
  const isNew = value !== undefined && !items.some((item) => key(item.value) === key(value));
  const selected = pick.selectedItems;
  pick.items = isNew
    ? [
        {
          label: vscode.l10n.t("Use “{0}”", nativeText(typed.trim(), 100)),
          description: vscode.l10n.t("not seen yet"),
          alwaysShow: true,
          value,
        },
        ...items,
      ]
    : items;
  pick.selectedItems = selected;
}
