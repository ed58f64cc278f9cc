import { TRACER_IMAGE } from "./tracerImage.ts";
import { WORKSPACE_IMAGE } from "./testImages.ts";

/** Says why there is no cluster. */
export const OBSTACLE_VARIABLE = "PROCESS_LOGGING_CLUSTER_OBSTACLE";

/** Folder of the cluster that was brought up for the tests; not set where it is somebody's own. */
export const DIRECTORY_VARIABLE = "PROCESS_LOGGING_CLUSTER_DIRECTORY";

/** Names of the images in the cluster: of the tracer, and one with a shell for workspaces. */
export const IMAGE_VARIABLES = {
  tracer: "PROCESS_LOGGING_CLUSTER_IMAGE",
  workspace: "PROCESS_LOGGING_CLUSTER_WORKSPACE_IMAGE",
} as const;

/** The image to deploy as the tracer. */
export function tracerImage(): string {
  return process.env[IMAGE_VARIABLES.tracer] ?? TRACER_IMAGE;
}

/** The image of workspaces: busybox, at least. */
export function workspaceImage(): string {
  return process.env[IMAGE_VARIABLES.workspace] ?? WORKSPACE_IMAGE;
}
