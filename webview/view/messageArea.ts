import type { ViewCommand } from "../../protocol/webviewMessages.ts";
import { createButton } from "../toolkit.ts";
import { element, icon, showHostileText } from "./element.ts";
import type { EmptyState } from "./emptyState.ts";
import type { Notice } from "./notices.ts";

const MAX_NOTICE = 500;
const MAX_NOTICES = 3;
const ICONS = { warning: "warning", progress: "sync", info: "info" } as const;

/** Paints the lines above the tree; nothing is touched while they stay the same. */
export class NoticeArea {
  readonly element = element("div", "notices", { attributes: { role: "status" } });
  #shown = "";

  show(notices: readonly Notice[]): void {
    const key = JSON.stringify(notices);
    if (key === this.#shown) return;
    this.#shown = key;
    const lines: Node[] = notices.slice(0, MAX_NOTICES).map(noticeLine);
    if (notices.length > MAX_NOTICES) {
      lines.push(element("div", "notice info", { text: `and ${notices.length - MAX_NOTICES} more` }));
    }
    this.element.replaceChildren(...lines);
  }
}

/** Paints what stands where no rows are. */
export class EmptyArea {
  readonly element = element("div", "empty");
  readonly #command: (command: ViewCommand) => void;
  #shown: string | undefined = "";

  constructor(command: (command: ViewCommand) => void) {
    this.#command = command;
  }

  show(state: EmptyState | undefined): void {
    if (state?.title === this.#shown) return;
    this.#shown = state?.title;
    this.element.hidden = state === undefined;
    if (state === undefined) return;
    const buttons = state.actions.map(({ title, command }, index) => {
      const button = createButton(index === 0 ? "primary" : "secondary", title);
      button.textContent = title;
      button.addEventListener("click", () => {
        this.#command(command);
      });
      return button;
    });
    this.element.replaceChildren(
      element("h2", "", { text: state.title }),
      element("p", "", { text: state.text }),
      element("div", "empty-actions", {}, buttons),
    );
  }
}

function noticeLine({ tone, text, progress }: Notice): HTMLElement {
  const label = element("span", "");
  showHostileText(label, text, MAX_NOTICE);
  const line = element("div", `notice ${tone}`, {}, [icon(ICONS[tone]), label]);
  if (progress !== undefined) {
    const bar = element("progress", "", { attributes: { "aria-label": "Progress" } });
    bar.value = progress;
    line.append(bar);
  }
  return line;
}
