import { spawn } from "node:child_process";

import { systemClock } from "../../../extension/clock.ts";
import { ClusterSource } from "../../../extension/cluster/clusterSource.ts";
import { kubectlCommand } from "../../../extension/queries/kubectlCommand.ts";
import { kubectlOptions } from "../../../extension/queries/kubectlOptions.ts";
import type { ViewFilter } from "../../../protocol/webviewMessages.ts";
import { finished } from "../../kernel/support/testCgroup.ts";
import { contextApi } from "./contextApi.ts";
import { until } from "./until.ts";

/** Runs in a shell what **Copy kubectl Command** copies for this filter in this cluster. Throws unless it succeeds. */
export async function runCopiedCommand(
  chosen: Partial<ViewFilter>,
): Promise<{ readonly command: string; readonly stdout: string }> {
  const filter = { usernames: [], workspaces: [], expression: "", ...chosen };
  const source = new ClusterSource({
    ...{ context: "test", server: "", api: contextApi(), namespaces: [], clock: systemClock },
    log: () => undefined,
  });
  try {
    await until("the editor knows the cluster", () => source.listed && source.inventory.nodes.size > 0);
    const query = kubectlCommand(filter, kubectlOptions([source], filter));
    if ("error" in query) throw new Error(query.error);
    const { code, stdout, stderr } = await finished(spawn("sh", ["-c", query.text]));
    if (code !== 0) throw new Error(`${query.text}: ${stderr}`);
    return { command: query.text, stdout };
  } finally {
    source.dispose();
  }
}
