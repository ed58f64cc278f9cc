import type { ViewCommand } from "../../protocol/webviewMessages.ts";
import { createButton } from "../toolkit.ts";
import { element, icon, showHostileText } from "./element.ts";
import type { EmptyState } from "./emptyState.ts";
import type { Notice } from "./notices.ts";
import { t } from "../../protocol/text/translate.ts";

const MAX_NOTICE = 500;
const MAX_NOTICES = 3;
const ICONS = { warning: "warning", progress: "sync", info: "info" } as const;

/** Paints the lines above the tree. Their texts are read out; what goes on in them, second by second, is only shown. */
export class NoticeArea {
  readonly element = element("div", "notices", { attributes: { role: "status" } });
  #lines: readonly NoticeLine[] = [];
  #shown = "";

  show(notices: readonly Notice[]): void {
    const first = notices.slice(0, MAX_NOTICES);
    const more = notices.length - first.length;
    const key = JSON.stringify([first.map(({ tone, text }) => [tone, text]), more]);
    if (key !== this.#shown) {
      this.#shown = key;
      this.#lines = first.map((notice) => new NoticeLine(notice));
      this.element.replaceChildren(
        ...this.#lines.map((line) => line.element),
        ...(more === 0 ? [] : [element("div", "notice info", { text: t("and {0} more", more) })]),
      );
    }
    for (const [index, line] of this.#lines.entries()) line.goOn(first[index]);
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

class NoticeLine {
  readonly element: HTMLElement;
  readonly #detail = element("span", "", { attributes: { "aria-live": "off" } });
  readonly #bar = element("progress", "", { attributes: { "aria-label": t("Progress") } });

  constructor({ tone, text }: Notice) {
    const label = element("span", "");
    showHostileText(label, text, MAX_NOTICE);
    const words = element("span", "", {}, [label, document.createTextNode(" "), this.#detail]);
    this.element = element("div", `notice ${tone}`, {}, [icon(ICONS[tone]), words, this.#bar]);
  }

  goOn({ detail = "", progress }: Partial<Notice> = {}): void {
    if (this.#detail.textContent !== detail) this.#detail.textContent = detail;
    this.#bar.hidden = progress === undefined;
    this.#bar.value = progress ?? 0;
  }
}
