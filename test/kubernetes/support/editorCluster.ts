import { systemClock } from "../../../extension/clock.ts";
import type { ApiServer } from "../../../extension/cluster/api/apiServer.ts";
import { findApplied, removeObject } from "../../../extension/cluster/deploy/applyObjects.ts";
import { HttpsApiServer } from "../../../extension/cluster/api/httpsApiServer.ts";
import { openCluster, type OpenCluster } from "../../../extension/cluster/openCluster.ts";
import { readKubeconfig } from "../../../extension/cluster/kubeconfig/readKubeconfig.ts";
import { ViewFilterState } from "../../../extension/filter/viewFilterState.ts";
import { SourceRegistry } from "../../../extension/source/sourceRegistry.ts";
import { removeReadyLabel } from "./kustomization.ts";
import { until } from "./until.ts";

/** The tests' cluster as the editor has it open, with the kubeconfig's own rights. */
export class EditorCluster {
  readonly api: ApiServer;
  readonly sources = new SourceRegistry();
  readonly cluster: OpenCluster;
  /** What the editor wrote into its log. */
  readonly logged: string[] = [];

  private constructor() {
    const contexts = readKubeconfig(undefined);
    const access = contexts.open(contexts.current ?? "");
    this.api = new HttpsApiServer(access);
    this.cluster = openCluster({
      ...{ context: "test", server: access.server, api: this.api, namespaces: [] },
      ...{ sources: this.sources, clock: systemClock },
      filter: new ViewFilterState({ get: () => undefined, update: () => Promise.resolve() }),
      log: (message) => this.logged.push(message),
    });
  }

  /** Resolves when pods and nodes are listed. */
  static async open(): Promise<EditorCluster> {
    const opened = new EditorCluster();
    const { source } = opened.cluster;
    await until("nodes are listed", () => source.listed && source.inventory.nodes.size > 0);
    return opened;
  }

  /** Also removes what the editor has applied, whatever came of its own removal. */
  async close(): Promise<void> {
    this.sources.dispose();
    this.cluster.dispose();
    for (const object of (await findApplied(this.api)).objects.toReversed())
      await removeObject(this.api, object);
    await removeReadyLabel();
    // A namespace goes some seconds after it was removed, and takes nothing new until then.
    await until("nothing applied is left", async () => (await findApplied(this.api)).objects.length === 0);
  }
}
