import { ViewFilterState } from "../../../extension/filter/viewFilterState.ts";

/** A filter that nothing keeps. */
export function fakeFilterState(): ViewFilterState {
  return new ViewFilterState({ get: () => undefined, update: () => Promise.resolve() });
}
