import { element } from "./element.ts";

/** A small panel below a button; Escape, a click elsewhere, also outside of the page, and the button close it. */
export class Popover {
  readonly element: HTMLElement;
  readonly #button: HTMLElement;

  constructor(button: HTMLElement, label: string) {
    this.#button = button;
    this.element = element("div", "popover", { attributes: { role: "group", "aria-label": label } });
    this.element.hidden = true;
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      this.setOpen(this.element.hidden !== false);
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      this.setOpen(false);
      button.focus();
    });
    window.addEventListener("blur", () => {
      this.setOpen(false);
    });
    document.addEventListener("pointerdown", (event) => {
      const inside = event.composedPath();
      if (!inside.includes(this.element) && !inside.includes(button)) this.setOpen(false);
    });
  }

  setOpen(open: boolean): void {
    this.element.hidden = !open;
    this.#button.setAttribute("aria-expanded", String(open));
  }
}
