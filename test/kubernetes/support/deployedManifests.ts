import { parseAllDocuments } from "yaml";

import type { Manifest } from "./kubectl.ts";
import { tracerImage, workspaceImage } from "./testEnvironment.ts";

/** The tracer's image in deploy/, which whoever deploys replaces by their own. */
export const PLACEHOLDER_IMAGE = "process-logging/tracer";

/** The image of the example workspaces in deploy/. */
export const EXAMPLE_IMAGE = "busybox";

/** The objects of a file in deploy/, with the images that the cluster has. */
export function deployedManifests(yaml: string): Manifest[] {
  const replaced = yaml
    .replace(new RegExp(`image: ${PLACEHOLDER_IMAGE}(:\\S+)?$`, "gm"), `image: ${tracerImage()}`)
    .replace(new RegExp(`image: ${EXAMPLE_IMAGE}(:\\S+)?$`, "gm"), `image: ${workspaceImage()}`);
  return parseAllDocuments(replaced).flatMap((document) => (document.toJS() as Manifest | null) ?? []);
}
