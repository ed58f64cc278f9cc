import type { WorkspaceActivity, WorkspaceState } from "../../protocol/stream.ts";
import type { WorkspaceLabelKeys } from "../queries/labelKeys.ts";

/** What a tracer says of a workspace, and what only its cluster knows: `pending` or `stopped` pods. */
export type ShownActivity = WorkspaceActivity | "pending" | "stopped";

/** Where a workspace is in its cluster. */
export interface WorkspacePod {
  readonly node: string | undefined;
  /** Who logs it; undefined: nobody, as far as the cluster tells. */
  readonly loggedBy: "tracer" | "sidecar" | undefined;
  /** Under which labels a selector finds it. */
  readonly labelKeys: WorkspaceLabelKeys | undefined;
  /** Logged by a tracer, which shows its readers nothing of the namespace. */
  readonly hidden?: boolean;
}

/** A workspace as the views show it. */
export interface ShownWorkspace extends Omit<WorkspaceState, "activity"> {
  readonly activity: ShownActivity;
  /** Set where a cluster was asked. */
  readonly place?: WorkspacePod | undefined;
  /** What is wrong though it is logged, in one line; not safe to show yet. */
  readonly warning?: string | undefined;
}
