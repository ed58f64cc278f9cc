import type { TracerEvent } from "../../protocol/events.ts";

/** Whether no workspace is known to which an event could be counted: nobody knows it, or not in time. */
export function isNobodys({ attribution }: Pick<TracerEvent, "attribution">): boolean {
  return attribution === "none" || attribution === "pending-expired";
}
