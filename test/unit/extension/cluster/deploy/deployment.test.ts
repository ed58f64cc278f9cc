import { describe, expect, it } from "vitest";
import {
  deploymentObjects,
  markApplied,
  nodePod,
} from "../../../../../extension/cluster/deploy/deployment.ts";
import {
  collectionPath,
  DEPLOYED_KINDS,
  type KubeObject,
  objectPath,
  objectText,
  parseKubeObject,
} from "../../../../../extension/cluster/api/kubeObject.ts";
import { deployManifests } from "../../../../../scripts/deployManifests.mjs";
import { join } from "node:path";

const MANIFESTS = deployManifests(join(import.meta.dirname, "../../../../..")).map(parseKubeObject);
const IMAGE = "registry.example.com/tracer@sha256:0f";

describe("the manifests of deploy/", () => {
  it("are all of known kinds, each with a path", () => {
    for (const object of MANIFESTS) expect(objectPath(object)).toMatch(/^\/apis?\//);
  });

  it("say which namespace they are in: the product's, and for two roles those of heartbeats and events", () => {
    const namespaces = new Set(MANIFESTS.map(({ metadata }) => metadata.namespace));
    expect([...namespaces].sort()).toEqual(["default", "kube-node-lease", "process-logging", undefined]);
  });
});

describe("the manifests as the API server gets them", () => {
  it("have no merge keys left", () => {
    expect(JSON.stringify(MANIFESTS)).not.toContain('"<<"');
  });
});

describe("deploymentObjects", () => {
  const objects = deploymentObjects({ manifests: MANIFESTS, image: IMAGE, namespaces: ["team-a"] });

  it("makes the namespace first and the tracers last", () => {
    expect(objects[0]?.kind).toBe("Namespace");
    expect(["DaemonSet", "Deployment"]).toContain(objects.at(-1)?.kind);
  });

  it("runs the image that was asked for, and no other", () => {
    const images = [...JSON.stringify(objects).matchAll(/"image":"([^"]*)"/g)].map(([, image]) => image);
    expect(new Set(images)).toEqual(new Set([IMAGE]));
  });

  it("lets readers see each namespace by a binding of its own", () => {
    expect(objects).toContainEqual(
      expect.objectContaining({
        kind: "RoleBinding",
        metadata: { name: "process-logging-reader", namespace: "team-a" },
      }),
    );
  });

  it("marks what it makes", () => {
    const [first] = objects;
    expect(markApplied(first as KubeObject).metadata["labels"]).toMatchObject({
      "processlogging.dev/applied-by": "editor",
    });
  });
});

describe("nodePod", () => {
  it("sees what a tracer would see, on that node, and may do no more", () => {
    const pod = nodePod(MANIFESTS, { image: IMAGE, node: "n1", namespace: "default", command: "check" });
    const tracer = MANIFESTS.find(({ kind }) => kind === "DaemonSet") as unknown as {
      spec: { template: { spec: { containers: readonly Record<string, unknown>[] } } };
    };
    const [container] = tracer.spec.template.spec.containers;
    expect(pod).toMatchObject({
      metadata: { namespace: "default" },
      spec: {
        nodeName: "n1",
        restartPolicy: "Never",
        automountServiceAccountToken: false,
        containers: [{ image: IMAGE, args: ["check"], securityContext: container?.["securityContext"] }],
      },
    });
  });

  it("needs manifests with a tracer", () => {
    expect(() => nodePod([], { image: IMAGE, node: "n1", namespace: "default", command: "check" })).toThrow(
      "the manifests have no tracer",
    );
  });
});

describe("kubeObject", () => {
  it.each([
    [{ apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } }, "/api/v1/namespaces/a", "Namespace a"],
    [
      { apiVersion: "apps/v1", kind: "DaemonSet", metadata: { name: "a", namespace: "b c" } },
      "/apis/apps/v1/namespaces/b%20c/daemonsets/a",
      "DaemonSet b c/a",
    ],
  ])("knows the path and the name of %j", (object, path, text) => {
    expect(objectPath(object)).toBe(path);
    expect(objectText(object)).toBe(text);
  });

  it("has a path for each kind in all namespaces", () => {
    for (const kind of DEPLOYED_KINDS) expect(collectionPath(kind)).toMatch(/^\/apis?\/[a-z0-9./]+\/[a-z]+$/);
  });

  it("refuses kinds that it does not know", () => {
    expect(() => parseKubeObject({ apiVersion: "v1", kind: "Secret", metadata: { name: "a" } })).toThrow(
      "Secret",
    );
    expect(() => parseKubeObject({ apiVersion: "v1", kind: "Namespace" })).toThrow("unknown kind");
  });
});
