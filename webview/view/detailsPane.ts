import { parseRecordedLine } from "../../protocol/parseRecordedEvent.ts";
import type { RecordedExec } from "../../protocol/recordedEvent.ts";
import type { RowAction, ViewCommand } from "../../protocol/webviewMessages.ts";
import { createButton } from "../toolkit.ts";
import type { ExecRow, RowDetails } from "../worker/workerMessages.ts";
import { detailFields } from "./detailFields.ts";
import { element, icon, showHostileText } from "./element.ts";
import { linkButton } from "./linkButton.ts";
import { offeredActions } from "./offeredActions.ts";
import { rowLabel } from "./grid/rowText.ts";
import { t } from "../../protocol/text/translate.ts";
import { formatCount } from "./numberText.ts";

/** What the details ask for. */
export interface DetailsEvents {
  readonly copy: (text: string) => void;
  readonly reveal: (row: number) => void;
  readonly act: (action: RowAction, row: number) => void;
  readonly command: (command: ViewCommand) => void;
  readonly close: () => void;
  /** The keyboard is to go back to the row. */
  readonly left: () => void;
}

const MAX_HEADING = 4_000;
/** The longest argument that a kernel takes is 128 KiB; log files may hold more. */
const MAX_ARGUMENT = 2_097_152;
const MAX_ARGUMENTS = 2_000;

/** The pane with everything known of the selected row. */
export class DetailsPane {
  readonly element = element("section", "details", { attributes: { "aria-label": t("Details") } });
  readonly #body = element("div", "details-body", {
    attributes: { tabindex: "0", role: "group", "aria-label": t("Details of the row") },
  });
  readonly #events: DetailsEvents;

  constructor(events: DetailsEvents) {
    this.#events = events;
    const close = createButton("icon", t("Close details"));
    close.append(icon("close"));
    close.addEventListener("click", events.close);
    this.element.append(close, this.#body);
    this.element.addEventListener("keydown", (event) => {
      if (event.key === "Escape") events.left();
    });
    this.show(undefined);
  }

  focus(): void {
    this.#body.focus();
  }

  /** Shows a row; undefined: that none is selected. */
  show(details: RowDetails | undefined): void {
    if (details === undefined) {
      this.#body.replaceChildren(element("p", "faint", { text: t("Select a row to see all of it here.") }));
      return;
    }
    const { summary, json } = details;
    const parts: Node[] = [this.#breadcrumb(details), heading(details)];
    const exec = json === undefined ? undefined : parseRecordedLine(json);
    if (summary.type === "exec" && exec?.type === "exec") parts.push(...this.#exec(exec, summary));
    if (json !== undefined) parts.push(this.#json(t("In the log"), json));
    if (details.exitJson !== undefined) parts.push(this.#json(t("Its end in the log"), details.exitJson));
    parts.push(this.#actions(details));
    const { scrollTop } = this.#body;
    const hadFocus = this.#body.contains(document.activeElement);
    this.#body.replaceChildren(element("div", "details-content", {}, parts));
    // What had it is gone: the keyboard must not be lost with it.
    if (hadFocus) this.#body.focus({ preventScroll: true });
    this.#body.scrollTop = this.#body.dataset["row"] === String(details.row) ? scrollTop : 0;
    this.#body.dataset["row"] = String(details.row);
  }

  #breadcrumb({ ancestors }: RowDetails): Node {
    const items = ancestors.map(({ row, program }) => {
      const link = linkButton(program, () => {
        this.#events.reveal(row);
      });
      return element("li", "", {}, [link]);
    });
    if (items.length === 0) return document.createDocumentFragment();
    return element("nav", "breadcrumb", { attributes: { "aria-label": t("Ancestors") } }, [
      element("ol", "", {}, items),
    ]);
  }

  #exec(exec: RecordedExec, row: ExecRow): readonly Node[] {
    const parts: Node[] = [];
    if (row.likelyFrom !== undefined) {
      const { row: from, command } = row.likelyFrom;
      const reveal = (): void => {
        this.#events.reveal(from);
      };
      parts.push(linkButton(t("Likely from {0}", command), reveal));
    }
    const fields = element("dl", "fields");
    for (const { name, value } of detailFields(exec, row)) {
      const text = element("dd", "");
      showHostileText(text, value, MAX_HEADING);
      fields.append(element("dt", "", { text: name }), text);
    }
    parts.push(fields, this.#arguments(exec));
    return parts;
  }

  #arguments({ argv, truncated, cmdline }: RecordedExec): Node {
    const list = element("ol", "arguments", { attributes: { start: "0" } });
    for (const [index, argument] of argv.slice(0, MAX_ARGUMENTS).entries()) {
      const text = element("code", "");
      showHostileText(text, argument, MAX_ARGUMENT);
      const copy = this.#copyButton(t("Copy argument {0}", index), argument);
      list.append(element("li", "", {}, [element("span", "number", { text: String(index) }), text, copy]));
    }
    const left = argv.length - MAX_ARGUMENTS;
    const note = truncated ? t("Not whole: the … stands for what is missing.") : "";
    const more = left > 0 ? moreArguments(left) : "";
    return section(t("Arguments"), this.#copyButton(t("Copy command"), cmdline), [
      list,
      ...[note, more].filter((text) => text !== "").map((text) => element("p", "faint", { text })),
    ]);
  }

  #json(title: string, json: string): Node {
    const text = element("pre", "json", { attributes: { tabindex: "0", "aria-label": title } });
    // The line breaks are ours: JSON's own strings hold none.
    for (const line of indent(json)) {
      const shown = element("div", "");
      showHostileText(shown, line, MAX_ARGUMENT);
      text.append(shown);
    }
    return section(title, this.#copyButton(t("Copy JSON: {0}", title), json), [text]);
  }

  #actions({ row, summary }: RowDetails): Node {
    const list = element("ul", "actions");
    for (const action of offeredActions(summary)) {
      list.append(
        this.#action(actionTitle(action), () => {
          this.#events.act(action, row);
        }),
      );
    }
    const commands = [
      [t("Copy kubectl command"), "copyKubectlCommand"],
      [t("Copy CloudWatch query"), "copyCloudWatchQuery"],
    ] as const;
    for (const [title, command] of commands) {
      list.append(
        this.#action(title, () => {
          this.#events.command(command);
        }),
      );
    }
    return section(t("Do"), undefined, [list]);
  }

  #action(title: string, act: () => void): Node {
    return element("li", "", {}, [linkButton(title, act)]);
  }

  #copyButton(label: string, text: string): HTMLElement {
    const button = element(
      "button",
      "copy",
      { title: label, attributes: { type: "button", "aria-label": label } },
      [icon("copy")],
    );
    button.addEventListener("click", () => {
      this.#events.copy(text);
    });
    return button;
  }
}

function actionTitle(action: RowAction): string {
  switch (action) {
    case "onlySubtree":
      return t("Only this subtree");
    case "hideProgram":
      return t("Hide this program");
    case "filterUser":
      return t("Filter by this user");
    case "filterWorkspace":
      return t("Filter by this workspace");
    case "copyCommand":
      return t("Copy command");
    case "copyJson":
      return t("Copy JSON");
  }
}

function moreArguments(count: number): string {
  return count === 1
    ? t("1 more argument is in the JSON.")
    : t("{0} more arguments are in the JSON.", formatCount(count));
}

function heading({ summary }: RowDetails): Node {
  const title = element("h2", summary.type === "exec" ? "command" : "");
  showHostileText(title, summary.type === "exec" ? summary.command : rowLabel(summary), MAX_HEADING);
  return title;
}

function section(title: string, tool: Node | undefined, content: readonly Node[]): HTMLElement {
  const head = element("div", "section-head", {}, [element("h3", "", { text: title })]);
  if (tool !== undefined) head.append(tool);
  return element("section", "", { attributes: { "aria-label": title } }, [head, ...content]);
}

/** The lines of JSON with a field a line; what is no JSON stays as it is. */
function indent(json: string): readonly string[] {
  try {
    return JSON.stringify(JSON.parse(json), null, 2).split("\n");
  } catch {
    return [json];
  }
}
