import type { Clock } from "../clock.ts";
import type { OpenCluster } from "../cluster/openCluster.ts";
import { waitFor } from "./waitFor.ts";
import { ShownError } from "../../protocol/text/shownError.ts";

const LISTED_TIMEOUT_MS = 30_000;

/** Resolves when all pods and nodes of a cluster are known; throws when they don't become so. */
export async function untilListed({ source }: OpenCluster, clock: Clock): Promise<void> {
  const done = (): boolean => source.listed && source.nodesState.type !== "connecting";
  const ends = { clock, timeoutMs: LISTED_TIMEOUT_MS, signal: new AbortController().signal };
  if (await waitFor(done, source.onDidChangeState, ends)) return;
  throw new ShownError((t) => t("The cluster's pods and nodes can't be listed: the view Nodes says why."));
}
