import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";

import { describeCluster } from "./support/describeCluster.ts";
import { kubectl, kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { DEPLOY } from "./support/kustomization.ts";
import { TestNamespace } from "./support/testNamespace.ts";

const root = join(DEPLOY, "../..");
const files = readdirSync(DEPLOY, { recursive: true, encoding: "utf8" });
const kustomizations = files
  .filter((file) => file.endsWith("kustomization.yaml") && !file.startsWith("components/"))
  .map((file) => join("deploy/kubernetes", file, ".."));

/** Mutating admission policies are beta, and not every cluster has them. */
const optional = new Set(["MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding"]);

describeCluster("the manifests of deploy/", () => {
  let namespace: TestNamespace;
  beforeAll(async () => {
    namespace = await TestNamespace.create("manifests", {
      "pod-security.kubernetes.io/enforce": "privileged",
    });
  });
  afterAll(async () => {
    await namespace.close();
  });

  it.each(kustomizations)("%s is accepted by the API server, in each of its objects", async (folder) => {
    const yaml = await kubectlOutput(["kustomize", join(root, folder)]);
    const served = await kubectlOutput(["api-resources", "--output=name"]);
    const hasMutating = served.includes("mutatingadmissionpolicies");
    const objects = parseAllDocuments(yaml)
      .map((document) => document.toJS() as Manifest)
      .filter(({ kind }) => hasMutating || !optional.has(kind))
      // A dry run makes no namespace, and what lies in one needs it.
      .map((object) =>
        object.metadata.namespace === undefined
          ? object
          : { ...object, metadata: { ...object.metadata, namespace: namespace.name } },
      );
    expect(objects.length).toBeGreaterThan(0);
    for (const object of objects) {
      const args = ["apply", "--dry-run=server", "--filename=-", "--validate=strict"];
      const place = object.metadata.namespace ?? namespace.name;
      const { code, stderr } = await kubectl([...args, `--namespace=${place}`], JSON.stringify(object));
      expect({ object: `${object.kind} ${object.metadata.name}`, code, stderr }).toMatchObject({ code: 0 });
      expect(stderr).not.toMatch(/warning/i);
    }
  });

  it("the pod of deploy/coder is accepted by the API server", async () => {
    const file = join(root, "deploy/coder/workspace.yaml");
    await namespace.output("apply", "--dry-run=server", "--validate=strict", `--filename=${file}`);
  });

  it("name the version that this is", () => {
    const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
    const tags = kustomizations.flatMap((folder) => {
      const text = readFileSync(join(root, folder, "kustomization.yaml"), "utf8");
      return (parse(text) as { images?: { newTag: string }[] }).images?.map(({ newTag }) => newTag) ?? [];
    });
    expect(new Set(tags)).toEqual(new Set([version]));
  });
});
