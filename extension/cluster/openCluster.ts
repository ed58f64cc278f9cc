import type { Clock } from "../clock.ts";
import type { FilterState } from "../filter/filterState.ts";
import type { Sources } from "../source/sources.ts";
import { askClaimedUser, type ClaimedUser } from "./claimedUser.ts";
import { ClusterSource } from "./clusterSource.ts";
import { ClusterTracers } from "./tracers/clusterTracers.ts";
import type { ApiServer } from "./api/apiServer.ts";
import { openNodeHistory, openNodeStream } from "./tracers/openNodeStream.ts";
import { findMissingRights, neededRights } from "./inventory/rights.ts";
import { Turns } from "./api/turns.ts";
import { ViewerToken } from "./tracers/viewerToken.ts";
import { whyText } from "../../protocol/text/shownError.ts";
import { english } from "../../protocol/text/translate.ts";

/** Connections to tracers that are made at a time. */
const MAX_OPENING = 8;

/** What a cluster needs of the rest of the extension. */
export interface OpenClusterOptions {
  readonly context: string;
  readonly server: string;
  readonly api: ApiServer;
  readonly namespaces: readonly string[];
  readonly sources: Sources;
  readonly filter: FilterState;
  readonly clock: Clock;
  readonly log: (message: string) => void;
}

/** A cluster that is connected, with all that reads it. */
export interface OpenCluster {
  readonly source: ClusterSource;
  readonly api: ApiServer;
  readonly namespaces: readonly string[];
  /** Resolves when it is known who the user is and which rights are missing. */
  readonly checked: Promise<void>;
  /** Ends everything but the source, which the registry owns. */
  dispose(): void;
}

/** Connects to a cluster and adds it, and its tracers as they come into view, to the sources. */
export function openCluster(options: OpenClusterOptions): OpenCluster {
  const { context, server, api, namespaces, sources, filter, clock, log } = options;
  const source = new ClusterSource({ context, server, api, namespaces, clock, log });
  sources.add(source);
  let user: ClaimedUser | undefined;
  const asked = askClaimedUser(api).then((found) => {
    user = found;
  });
  const stream = {
    cluster: source,
    api,
    token: new ViewerToken(api, clock),
    claimedUser: () => user?.username,
    turns: new Turns(MAX_OPENING),
  };
  const tracers = new ClusterTracers({
    cluster: source,
    sources,
    filter,
    open: (node) => {
      const open = openNodeStream(stream, node);
      // Its access log is to name the person from the first stream on.
      return async (handlers) => {
        await asked;
        return open(handlers);
      };
    },
    readHistory: (node) => openNodeHistory(stream, node),
    clock,
    log,
  });
  const checked = asked
    .then(() => findMissingRights(api, neededRights(namespaces), user?.username))
    .then((missing) => {
      source.ownMissingRights = missing;
      source.factsChanged();
    })
    .catch((error: unknown) => {
      log(`could not ask for the rights in ${context}: ${whyText(error, english)}`);
    });
  return {
    ...{ source, api, namespaces, checked },
    dispose: () => {
      tracers.dispose();
    },
  };
}
