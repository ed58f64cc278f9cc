import { afterAll, beforeAll, expect, it } from "vitest";

import { systemClock } from "../../extension/clock.ts";
import { openCluster, type OpenCluster } from "../../extension/cluster/openCluster.ts";
import { VIEWER_ACCOUNT } from "../../extension/cluster/tracers/viewerToken.ts";
import { ViewFilterState } from "../../extension/filter/viewFilterState.ts";
import type { ShownWorkspace } from "../../extension/source/shownWorkspace.ts";
import { SourceRegistry } from "../../extension/source/sourceRegistry.ts";
import { contextApi } from "./support/contextApi.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { kubectl, kubectlOutput } from "./support/kubectl.ts";
import { Kustomization, tracerFlags } from "./support/kustomization.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { until } from "./support/until.ts";
import { coderLabels, pod } from "./support/workspacePods.ts";

const OURS = "--namespace=process-logging";
const SLEEP = "exec sleep infinity";

describeCluster("an editor where tracers were told what a workspace is", () => {
  const filter = new ViewFilterState({ get: () => undefined, update: () => Promise.resolve() });
  const sources = new SourceRegistry();
  let team: TestNamespace;
  let lab: TestNamespace;
  let deployed: Kustomization;
  let cluster: OpenCluster;

  beforeAll(async () => {
    team = await TestNamespace.create("rules-team");
    lab = await TestNamespace.create("rules-lab");
    const flags = [
      "--label-key=username=example.com/owner",
      "--label-key=workspace_name=example.com/space",
      `--capture-namespace=${lab.name}`,
    ];
    deployed = new Kustomization("", [tracerFlags(...flags)]);
    await deployed.apply();
    await kubectlOutput(["rollout", "status", "daemonset/tracer", OURS, "--timeout=180s"]);
    const account = `--serviceaccount=process-logging:${VIEWER_ACCOUNT}`;
    await kubectlOutput([
      ...["create", "clusterrolebinding", team.name],
      ...["--clusterrole=process-logging-reader", account],
    ]);
    cluster = openCluster({
      ...{ context: "test", server: "", api: contextApi(), namespaces: [], sources, filter },
      ...{ clock: systemClock, log: () => undefined },
    });
  });

  afterAll(async () => {
    cluster.dispose();
    sources.dispose();
    await kubectl(["delete", "clusterrolebinding", team.name]);
    await Promise.all([team.close(), lab.close()]);
    await deployed.close();
  });

  const shown = (name: string): ShownWorkspace | undefined =>
    [...cluster.source.workspaces.values()].find((each) => each.pod === name);
  const state = (): string => JSON.stringify([...cluster.source.workspaces.values()]);

  it("has nobody to configure it: it shows what only their flags make a workspace, with what runs there", async () => {
    const labels = { "example.com/owner": "robin", "example.com/space": "blue" };
    await team.apply(pod("owned", SLEEP, { labels }));
    await lab.apply(pod("captured", SLEEP));
    await team.wait("condition=Ready", "pod/owned");
    await lab.wait("condition=Ready", "pod/captured");
    await until(
      "both are shown",
      () => shown("owned") !== undefined && shown("captured") !== undefined,
      state,
    );
    expect(shown("owned")).toMatchObject({
      ...{ namespace: team.name, labels: { username: "robin", workspace_name: "blue" } },
      place: { loggedBy: "tracer" },
    });
    expect(shown("captured")).toMatchObject({ namespace: lab.name, place: { loggedBy: "tracer" } });
    await lab.output("exec", "captured", "--", "true", "in-captured");
    await until("what ran is told", () => shown("captured")?.lastCommand === "true in-captured", state);
  });

  it("says of a pod with Coder's labels that it is not logged, since its tracer does not tell of it", async () => {
    await team.apply(pod("coder", SLEEP, { labels: coderLabels("jessie") }));
    await team.wait("condition=Ready", "pod/coder");
    await until("it is shown", () => shown("coder")?.activity === "not_logged", state);
    expect(shown("coder")?.why).toContain("was told what a workspace is, and does not tell of this one");
  });

  it("reads their nodes whatever the filter, and forgets a workspace with its pod", async () => {
    filter.set({ usernames: ["robin"] });
    await team.output("exec", "owned", "--", "true", "in-owned");
    await until("what ran is told", () => shown("owned")?.lastCommand === "true in-owned", state);
    await lab.output("delete", "pod", "captured", "--now");
    await until("it is gone", () => shown("captured") === undefined, state);
  });
});
