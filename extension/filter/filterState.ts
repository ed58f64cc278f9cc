import type { Event } from "../event.ts";

import type { ViewFilter } from "../../protocol/webviewMessages.ts";

/** The filter that is in force everywhere: in the tree, in the views and in the services that send events. */
export interface FilterState {
  readonly current: ViewFilter;
  readonly onDidChange: Event<ViewFilter>;
  /** Changes the given parts. */
  set(change: Partial<ViewFilter>): void;
  clear(): void;
}
