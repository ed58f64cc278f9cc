import type { Memento } from "vscode";
import type { ViewFilter } from "../../protocol/webviewMessages.ts";
import { Emitter } from "../emitter.ts";
import type { FilterState } from "./filterState.ts";
import { EMPTY_FILTER, parseViewFilter } from "./parseViewFilter.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

/** Under which name the filter is kept. */
const KEY = "filter";

/** The filter in force, kept in the state of the editor's workspace. Throws in one line when a change is too big. */
export class ViewFilterState implements FilterState {
  readonly #memento: Pick<Memento, "get" | "update">;
  readonly #emitter = new Emitter<ViewFilter>();
  readonly onDidChange = this.#emitter.event;
  #current: ViewFilter;

  constructor(memento: Pick<Memento, "get" | "update">) {
    this.#memento = memento;
    this.#current = parseViewFilter(memento.get(KEY)) ?? EMPTY_FILTER;
  }

  get current(): ViewFilter {
    return this.#current;
  }

  set(change: Partial<ViewFilter>): void {
    const next = parseViewFilter({ ...this.#current, ...change });
    if (next === undefined) {
      throw new ShownError((t) => t("the filter is too big: choose fewer or shorter names"));
    }
    if (JSON.stringify(next) === JSON.stringify(this.#current)) return;
    this.#current = next;
    void this.#memento.update(KEY, next);
    this.#emitter.fire(next);
  }

  clear(): void {
    this.set(EMPTY_FILTER);
  }

  dispose(): void {
    this.#emitter.dispose();
  }
}
