import { element, showHostileText } from "./element.ts";

const MAX_TEXT = 200;

/** A button that looks like a link; its text may be hostile. */
export function linkButton(text: string, act: () => void): HTMLElement {
  const button = element("button", "link", { attributes: { type: "button" } });
  showHostileText(button, text, MAX_TEXT);
  button.addEventListener("click", act);
  return button;
}
