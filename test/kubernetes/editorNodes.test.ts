import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { applyObjects } from "../../extension/cluster/deploy/applyObjects.ts";
import { deploymentObjects } from "../../extension/cluster/deploy/deployment.ts";
import { parseKubeObject } from "../../extension/cluster/api/kubeObject.ts";
import { clusterNodeText } from "../../extension/views/clusterNodeText.ts";
import { deployManifests } from "../../scripts/deployManifests.mjs";
import { describeCluster } from "./support/describeCluster.ts";
import { EditorCluster } from "./support/editorCluster.ts";
import { tracerImage } from "./support/testEnvironment.ts";
import { until } from "./support/until.ts";

const LISTEN = "--listen=127.0.0.1:7070";

describeCluster("the editor's nodes of a cluster", () => {
  let editor: EditorCluster;

  beforeAll(async () => {
    editor = await EditorCluster.open();
  });

  afterAll(async () => {
    await editor.close();
  });

  /** What the view says of each node that has a tracer's pod. */
  function shown(): readonly string[] {
    const { inventory } = editor.cluster.source;
    const translate = (text: string, ...values: readonly (string | number)[]): string =>
      text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(values[Number(index)]));
    return [...inventory.tracers.values()].flatMap(({ node: name }) => {
      if (name === undefined) return [];
      const node = inventory.nodes.get(name);
      const facts = { name, node, tracer: inventory.tracerOf(name), commonImage: undefined };
      return [clusterNodeText({ ...facts, workspaces: 0, source: undefined }, translate, String).description];
    });
  }

  it("say by its own last line why a tracer can't start", async () => {
    const manifests = JSON.parse(
      JSON.stringify(deployManifests(join(import.meta.dirname, "../.."))).replace(LISTEN, "--listen=nowhere"),
    ) as unknown[];
    const image = tracerImage();
    const objects = deploymentObjects({ manifests: manifests.map(parseKubeObject), image, namespaces: [] });
    expect(JSON.stringify(objects)).not.toContain(LISTEN);
    await applyObjects(editor.api, objects, () => undefined);
    await until(
      "the view says why",
      () => shown().some((text) => text.startsWith("tracer is not ready: ") && text.includes("nowhere")),
      () => shown().join("\n"),
    );
    expect(shown().every((text) => !text.includes("\n"))).toBe(true);
  });
});
