import type { ViewFilter } from "../protocol/webviewMessages.ts";
import type { FilterBox } from "./view/filterBox.ts";
import { filterParts, NO_FILTER } from "./view/filterChips.ts";
import type { FullFilter } from "./view/filterChips.ts";
import type { TimelineChart } from "./view/timelineChart.ts";

/** Who is told of the filter. */
export interface FilterEvents {
  /** Another filter is in force. */
  readonly applied: (full: FullFilter) => void;
  /** The user changed it here; `shared`: in the part that the whole editor knows. */
  readonly changed: (full: FullFilter, shared: boolean) => void;
}

/** Keeps the filter in force, and shows it in the box, its chips and the timeline's range. */
export class FilterControl {
  readonly #box: FilterBox;
  readonly #timeline: TimelineChart;
  readonly #events: FilterEvents;
  readonly #now: () => number;
  #full: FullFilter = NO_FILTER;

  constructor(box: FilterBox, timeline: TimelineChart, events: FilterEvents, now: () => number) {
    this.#box = box;
    this.#timeline = timeline;
    this.#events = events;
    this.#now = now;
  }

  get full(): FullFilter {
    return this.#full;
  }

  /** The filter that the whole editor knows was changed elsewhere. */
  setShared(filter: ViewFilter): void {
    this.#apply({ ...this.#full, filter });
  }

  /** The user's own change. */
  change(part: Partial<FullFilter>): void {
    const before = this.#full;
    const full = { ...before, ...part };
    this.#apply(full);
    this.#events.changed(full, full.filter !== before.filter);
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
