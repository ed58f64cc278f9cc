import type { ViewFilter } from "../protocol/webviewMessages.ts";
import type { FilterBox } from "./view/filterBox.ts";
import { filterParts, NO_FILTER } from "./view/filterChips.ts";
import type { FullFilter } from "./view/filterChips.ts";
import type { TimelineChart } from "./view/timelineChart.ts";

/** Who is told of the filter. */
export interface FilterEvents {
  /** Another filter is to be in force: `answered` is to say whether its expression is right. */
  readonly applied: (full: FullFilter) => void;
  /** The user changed it here. */
  readonly changed: (full: FullFilter) => void;
  /** The part that the whole editor knows is another one by now; its expression is right. */
  readonly shared: (filter: ViewFilter) => void;
}

/**
 * Keeps the filter as the user wants it, and shows it in the box, its chips and the timeline's range. While what is typed
 * is wrong, the latest expression that was right stays in force, and the editor knows of no other.
 */
export class FilterControl {
  readonly #box: FilterBox;
  readonly #timeline: TimelineChart;
  readonly #events: FilterEvents;
  readonly #now: () => number;
  #full: FullFilter = NO_FILTER;
  /** What the editor knows. */
  #shared: ViewFilter = NO_FILTER.filter;
  /** The latest expression that was right. */
  #right = "";

  constructor(box: FilterBox, timeline: TimelineChart, events: FilterEvents, now: () => number) {
    this.#box = box;
    this.#timeline = timeline;
    this.#events = events;
    this.#now = now;
  }

  get full(): FullFilter {
    return this.#full;
  }

  /** The filter that the whole editor knows was changed elsewhere; what is typed stays unless it was the expression. */
  setShared(filter: ViewFilter): void {
    const isTyped = filter.expression === this.#shared.expression;
    const expression = isTyped ? this.#full.filter.expression : filter.expression;
    this.#shared = filter;
    this.#apply({ ...this.#full, filter: { ...filter, expression } });
  }

  /** The user's own change. */
  change(part: Partial<FullFilter>): void {
    this.#apply({ ...this.#full, ...part });
    this.#events.changed(this.#full);
  }

  /** Ends what only this view knows: what narrows it, and what is typed and wrong. */
  clearOwn(): void {
    const filter = { ...this.#full.filter, expression: this.#shared.expression };
    this.change({ filter, range: undefined, subtree: undefined, hidden: [] });
  }

  /** Whether an expression that was applied is right. */
  answered(expression: string, isRight: boolean): void {
    if (isRight) this.#right = expression;
    // Another one is on its way.
    if (expression !== this.#full.filter.expression) return;
    const filter = { ...this.#full.filter, expression: this.#right };
    if (JSON.stringify(filter) === JSON.stringify(this.#shared)) return;
    this.#shared = filter;
    this.#events.shared(filter);
  }

  #apply(full: FullFilter): void {
    this.#full = full;
    this.#box.setExpression(full.filter.expression);
    this.#box.setChips(
      filterParts(full, this.#now()).map(({ text, without }) => ({
        text,
        remove: () => {
          this.change(without);
        },
      })),
    );
    this.#timeline.setRange(full.range);
    this.#events.applied(full);
  }
}
