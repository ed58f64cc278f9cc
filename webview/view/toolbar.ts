import { COLUMNS } from "../../protocol/webviewMessages.ts";
import type { Column, ViewSettings } from "../../protocol/webviewMessages.ts";
import { createButton, createCheckbox } from "../toolkit.ts";
import type { ModelCounts } from "../worker/workerMessages.ts";
import { columnInfo } from "./grid/columnTable.ts";
import { countsParts } from "./countsText.ts";
import { element, icon } from "./element.ts";
import { formatCount } from "./numberText.ts";
import { Popover } from "./popover.ts";
import { t } from "../../protocol/text/translate.ts";

/** What the toolbar's controls ask for. */
export interface ToolbarEvents {
  readonly follow: () => void;
  readonly pause: () => void;
  readonly columns: (columns: readonly Column[]) => void;
  readonly fold: (foldRepeats: boolean) => void;
  readonly exportEvents: () => void;
  readonly details: () => void;
}

/** Controls of the stream, with the filter box in front. */
export class Toolbar {
  readonly element: HTMLElement;
  readonly #events: ToolbarEvents;
  readonly #following = toggle(t("Following"), "arrow-down");
  readonly #pause = toggle(t("Pause"), "debug-pause");
  readonly #fold = toggle(t("Fold repeats"), "fold");
  readonly #details = createButton("icon", t("Details"));
  readonly #columns: Popover;
  readonly #counts = element("div", "counts");
  #settings: ViewSettings | undefined;

  constructor(filter: HTMLElement, events: ToolbarEvents) {
    this.#events = events;
    const columns = labelled(t("Columns"), "list-tree");
    this.#columns = new Popover(columns, t("Columns"));
    const exportButton = labelled(t("Export…"), "export");
    this.#details.append(icon("layout-sidebar-right"));
    this.#details.title = t("Details");
    this.#following.addEventListener("click", events.follow);
    this.#pause.addEventListener("click", events.pause);
    this.#fold.addEventListener("click", () => {
      events.fold(!(this.#settings?.foldRepeats ?? false));
    });
    exportButton.addEventListener("click", events.exportEvents);
    this.#details.addEventListener("click", events.details);
    const menu = element("div", "menu", {}, [columns, this.#columns.element]);
    this.element = element(
      "div",
      "toolbar",
      { attributes: { role: "group", "aria-label": t("Process stream") } },
      [
        filter,
        element("div", "buttons", {}, [this.#following, this.#pause, this.#fold, menu, exportButton]),
        this.#counts,
        this.#details,
      ],
    );
  }

  setSettings(settings: ViewSettings): void {
    const same = settings.columns.join() === this.#settings?.columns.join();
    this.#settings = settings;
    setPressed(this.#fold, settings.foldRepeats);
    if (!same) this.#showColumns(settings.columns);
  }

  setFollowing(following: boolean): void {
    setPressed(this.#following, following);
  }

  /** A paused stream says how many events wait. */
  setPaused(paused: boolean, waiting: number): void {
    setPressed(this.#pause, paused);
    this.#pause.classList.toggle("waiting", paused);
    const text = paused ? t("Resume · {0} waiting", formatCount(waiting)) : t("Pause");
    setLabel(this.#pause, text);
    setIcon(this.#pause, paused ? "debug-start" : "debug-pause");
  }

  setDetailsOpen(open: boolean): void {
    setPressed(this.#details, open);
  }

  setCounts(counts: ModelCounts): void {
    const parts = countsParts(counts);
    this.#counts.replaceChildren(
      ...parts.map(({ text, tone }) => element("span", `count ${tone}`, { text })),
    );
    // Where there is no room for all of them.
    this.#counts.title = parts.map(({ text }) => text).join(" · ");
  }

  #showColumns(shown: readonly Column[]): void {
    const boxes = COLUMNS.map((column) => {
      const box = createCheckbox(columnInfo(column, "local").title, shown.includes(column));
      box.addEventListener("change", () => {
        const current = this.#settings?.columns ?? [];
        const next = COLUMNS.filter((known) => (known === column ? box.checked : current.includes(known)));
        if (next.join() !== current.join()) this.#events.columns(next);
      });
      return box;
    });
    if (this.#columns.element.childElementCount === 0) this.#columns.element.append(...boxes);
    else {
      for (const [index, box] of [...this.#columns.element.children].entries()) {
        const column = COLUMNS[index];
        if (column !== undefined)
          (box as HTMLElement & { checked: boolean }).checked = shown.includes(column);
      }
    }
  }
}

/** Its word is its tooltip, too: in a narrow view only its icon is shown. */
function labelled(label: string, iconName: string): HTMLElement {
  const button = createButton("secondary", label);
  button.title = label;
  button.append(icon(iconName), element("span", "label", { text: label }));
  return button;
}

function toggle(label: string, iconName: string): HTMLElement {
  const button = labelled(label, iconName);
  button.classList.add("toggle");
  button.setAttribute("aria-pressed", "false");
  return button;
}

function setPressed(button: HTMLElement, pressed: boolean): void {
  button.setAttribute("aria-pressed", String(pressed));
}

function setIcon(button: HTMLElement, name: string): void {
  const sign = button.querySelector(".codicon");
  if (sign?.classList.contains(`codicon-${name}`) === false) sign.className = icon(name).className;
}

function setLabel(button: HTMLElement, text: string): void {
  const label = button.querySelector(".label");
  if (label === null || label.textContent === text) return;
  label.textContent = text;
  button.setAttribute("aria-label", text);
  button.title = text;
}
