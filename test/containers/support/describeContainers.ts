import { describeWhere } from "../../kernel/support/describeKernel.ts";
import { hasProgram } from "./hasProgram.ts";

/** Declares tests that need real containers. Where the machine can't run them they are skipped, and the run says why. */
export function describeContainers(name: string, declareTests: () => void): void {
  describeWhere(containerObstacle, name, declareTests);
}

function containerObstacle(): string | undefined {
  if (!hasProgram("runc")) return "runc is not installed (Debian and Ubuntu: apt-get install runc)";
  if (!hasProgram("busybox")) {
    return "there is no busybox to make images of (Debian and Ubuntu: apt-get install busybox-static)";
  }
  return undefined;
}
