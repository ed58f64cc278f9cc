import * as vscode from "vscode";
import type { Disposable } from "../event.ts";
import { programsText, workspacesText } from "../text/countTexts.ts";
import { nativeText } from "../text/nativeText.ts";
import type { NameChoice } from "./nameChoices.ts";

/** What is asked. */
export interface PickNamesOptions<T> {
  readonly title: string;
  readonly placeholder: string;
  /** What there is to choose now. */
  readonly choices: () => readonly NameChoice<T>[];
  /** Calls when there may be more to choose, until the result is disposed of. */
  readonly follow: (changed: () => void) => Disposable;
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

/**
 * Asks for any number of names, also ones that do not exist yet; undefined: the user went away. Names that appear while
 * the list is open come into it.
 */
export async function pickNames<T>(options: PickNamesOptions<T>): Promise<readonly T[] | undefined> {
  const pick = vscode.window.createQuickPick<NameItem<T>>();
  // What is ticked and typed must not be lost to a view that takes the focus.
  pick.ignoreFocusOut = true;
  pick.title = options.title;
  pick.placeholder = options.placeholder;
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  // Names that appear are not to move what is being read.
  pick.keepScrollPosition = true;
  const items = options.choices().map((choice) => nameItem(choice, options));
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
  const following = options.follow(() => {
    if (!takeNewNames(items, options)) return;
    const [active] = pick.activeItems;
    offerTyped(pick, items, pick.value, options);
    if (active !== undefined && items.includes(active)) pick.activeItems = [active];
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
    following.dispose();
    pick.dispose();
  }
}

/** Brings the items up to date when there are new names; whether there are. Items stay the same, and none goes away. */
function takeNewNames<T>(items: NameItem<T>[], options: PickNamesOptions<T>): boolean {
  const known = new Map(items.map((item) => [options.key(item.value), item]));
  const choices = options.choices();
  if (choices.every(({ value }) => known.has(options.key(value)))) return false;
  const shown = choices.map((choice) => {
    const item = nameItem(choice, options);
    const before = known.get(options.key(choice.value));
    return before === undefined ? item : Object.assign(before, item);
  });
  const others = items.filter((item) => !shown.includes(item));
  items.splice(0, items.length, ...shown, ...others);
  return true;
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
        ? programsText(execs, vscode.l10n.t)
        : [workspacesText(workspaces, vscode.l10n.t), programsText(execs, vscode.l10n.t)].join(", ");
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
