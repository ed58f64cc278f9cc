import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeTextField,
} from "@vscode/webview-ui-toolkit";

// The toolkit's upstream is archived: no other file knows it, so that it can be replaced here.
let registered = false;

/** A text field; `focus()` goes to what is typed. */
export interface TextField extends HTMLElement {
  value: string;
}

/** A box to tick. */
export interface Checkbox extends HTMLElement {
  checked: boolean;
}

/** A button; `secondary` and `icon` ones are less loud. */
export function createButton(appearance: "primary" | "secondary" | "icon", label: string): HTMLElement {
  register();
  const button = document.createElement("vscode-button");
  button.setAttribute("appearance", appearance);
  button.setAttribute("aria-label", label);
  return button;
}

/** A one-line text field. */
export function createTextField(label: string, placeholder: string): TextField {
  register();
  const field = document.createElement("vscode-text-field") as TextField;
  // The toolkit names the field after its content, over any name that it was given; the style hides it.
  field.textContent = label;
  field.setAttribute("placeholder", placeholder);
  return field;
}

/** A box to tick, with its label. */
export function createCheckbox(label: string, checked: boolean): Checkbox {
  register();
  const box = document.createElement("vscode-checkbox") as Checkbox;
  box.textContent = label;
  box.checked = checked;
  return box;
}

function register(): void {
  if (registered) return;
  registered = true;
  provideVSCodeDesignSystem().register(vsCodeButton(), vsCodeCheckbox(), vsCodeTextField());
}
