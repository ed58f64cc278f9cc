import { clusterTargets } from "./clusterTargets.ts";
import { editorTargets } from "./editorTargets.ts";
import { integrityTargets } from "./integrityTargets.ts";
import { kernelTargets } from "./kernelTargets.ts";
import { serviceTargets } from "./serviceTargets.ts";

/** Every parser of what somebody else may have written. */
export const allTargets = [
  ...kernelTargets,
  ...serviceTargets,
  ...integrityTargets,
  ...clusterTargets,
  ...editorTargets,
];
