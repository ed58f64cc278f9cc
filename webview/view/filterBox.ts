import { excludedWords } from "../filter/excludedWords.ts";
import { createButton, createTextField } from "../toolkit.ts";
import { element, icon, showHostileText } from "./element.ts";
import { filterHelp } from "./filterHelp.ts";
import { linkButton } from "./linkButton.ts";
import { Popover } from "./popover.ts";
import { t } from "../../protocol/text/translate.ts";

/** A part of the filter that is not typed; `remove` takes it away. */
export interface Chip {
  readonly text: string;
  readonly remove: () => void;
}

/** What is wrong with an expression: `at` and `length` in UTF-16 units. */
export interface FilterError {
  readonly message: string;
  readonly at: number;
  readonly length: number;
}

const TYPING_PAUSE_MS = 120;
const MAX_CHIP = 60;
const MAX_ERROR = 500;

/** The box in which the user types a filter, with help, and errors in place; and chips for what was chosen elsewhere. */
export class FilterBox {
  readonly element = element("div", "filter", { attributes: { role: "search" } });
  readonly #exclusions = element("span", "exclusions", { attributes: { role: "status" } });
  readonly #chips = element("span", "chips");
  /** For a line of its own: there may be many. */
  readonly parts = element("div", "filter-parts", {}, [this.#exclusions, this.#chips]);
  readonly #field = createTextField(t("Filter"), t("Filter: words, /regex/, user: cmd: exit: …"));
  readonly #error = element("div", "filter-error", { attributes: { id: "filter-error", role: "alert" } });
  readonly #changed: (expression: string) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #told = "";

  /** `changed` is told when typing rests; `left` when the user is done with the box. */
  constructor(changed: (expression: string) => void, left: () => void) {
    this.#changed = changed;
    this.#error.hidden = true;
    const help = createButton("icon", t("Filter syntax"));
    help.append(icon("question"));
    const popover = new Popover(help, t("Filter syntax"));
    popover.element.append(
      ...filterHelp((example) => {
        this.#type([this.#field.value.trim(), example].filter((part) => part !== "").join(" "));
      }),
    );
    this.#field.prepend(icon("search"));
    this.#field.querySelector(".codicon")?.setAttribute("slot", "start");
    this.#field.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.#tell();
      }, TYPING_PAUSE_MS);
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#tell();
      if (event.key === "Escape" && this.#field.value !== "") this.#type("");
      else if (event.key === "Escape" || event.key === "ArrowDown") left();
    });
    this.element.append(this.#field, help, popover.element, this.#error);
  }

  focus(): void {
    this.#field.focus();
  }

  get expression(): string {
    return this.#field.value;
  }

  /** Replaces what is typed, without telling; not while the user's own change is on its way. */
  setExpression(expression: string): void {
    if (this.#timer !== undefined || expression === this.#field.value) return;
    this.#told = expression;
    this.#field.value = expression;
    this.#showExclusions(expression);
  }

  setChips(chips: readonly Chip[]): void {
    this.#chips.replaceChildren(...chips.map(chipElement));
  }

  /** Shows what is wrong, with the wrong part of the expression underlined; undefined: nothing is. */
  setError(expression: string, error: FilterError | undefined): void {
    this.#error.hidden = error === undefined;
    this.element.classList.toggle("invalid", error !== undefined);
    if (error === undefined) {
      this.#error.replaceChildren();
      return;
    }
    const parts = [
      ["", expression.slice(Math.max(0, error.at - 60), error.at)],
      ["wrong", expression.slice(error.at, error.at + Math.max(1, error.length)) || " "],
      ["", expression.slice(error.at + Math.max(1, error.length))],
    ] as const;
    const code = element("code", "");
    for (const [className, text] of parts) {
      const part = element("span", className);
      showHostileText(part, text, 120);
      code.append(part);
    }
    const message = element("span", "");
    showHostileText(message, error.message, MAX_ERROR);
    this.#error.replaceChildren(icon("error"), message, code);
  }

  /** As if the user had typed it. */
  #type(expression: string): void {
    this.#field.value = expression;
    this.#tell();
    this.focus();
  }

  /** A dash may have been meant as that of an option. */
  #showExclusions(expression: string): void {
    const notes = excludedWords(expression).map(({ word, instead }) => {
      const text = element("span", "");
      showHostileText(text, t("without “{0}”", word), MAX_CHIP);
      const button = linkButton(t("find “-{0}” instead", word), () => {
        this.#type(instead);
      });
      return element("span", "exclusion", {}, [text, button]);
    });
    this.#exclusions.replaceChildren(...notes);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const expression = this.#field.value;
    if (expression === this.#told) return;
    this.#told = expression;
    this.#showExclusions(expression);
    this.#changed(expression);
  }
}

function chipElement({ text, remove }: Chip): HTMLElement {
  const label = element("span", "");
  showHostileText(label, text, MAX_CHIP);
  const button = element("button", "chip-remove", { attributes: { type: "button" } }, [icon("close")]);
  button.setAttribute("aria-label", t("Remove {0}", label.textContent));
  button.addEventListener("click", remove);
  return element("span", "chip", {}, [label, button]);
}
