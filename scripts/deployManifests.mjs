import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";

/** What deploys the product, from the repository's root. */
const DEPLOY_BASE = "deploy/kubernetes/base";

/** What of kustomize the base may use: the extension applies the same objects without it. */
const KNOWN_KEYS = new Set(["apiVersion", "kind", "resources"]);

/**
 * The objects that `kubectl apply -k` would apply for the base, in its order. Throws when the base uses more of kustomize
 * than this understands.
 * @param {string} root
 * @returns {readonly object[]}
 */
export function deployManifests(root) {
  const folder = join(root, DEPLOY_BASE);
  const { resources, ...rest } = parse(readFileSync(join(folder, "kustomization.yaml"), "utf8"));
  const unknown = Object.keys(rest).filter((key) => !KNOWN_KEYS.has(key));
  if (unknown.length > 0) {
    throw new Error(
      `${DEPLOY_BASE}/kustomization.yaml uses ${unknown.join(", ")}, which the extension can't apply`,
    );
  }
  return resources.flatMap((/** @type {string} */ name) =>
    // kustomize understands merge keys, which YAML 1.2 no longer has.
    parseAllDocuments(readFileSync(join(folder, name), "utf8"), { merge: true })
      .map((document) => document.toJS())
      .filter((object) => object !== null),
  );
}
