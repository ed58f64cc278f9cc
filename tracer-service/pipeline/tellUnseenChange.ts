import type { Diagnostics } from "../diagnostics.ts";
import type { WallClock } from "./wallClock.ts";

/** Says when the wall clock was set while no service ran, and by how much. */
export function tellUnseenChange(clock: WallClock, log: Diagnostics): void {
  const change = clock.unseenChange;
  if (change === undefined) return;
  const [first, last] = [change.firstNs, change.lastNs].map(
    (ns) => new Date(Number(clock.date(ns) / 1_000_000n)),
  );
  log.warn(
    { first, last, seconds: Number(change.byNs) / 1e9 },
    "the wall clock was set while no service ran: what happened in this time may be misdated by as much",
  );
}
