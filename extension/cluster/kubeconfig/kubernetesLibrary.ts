// All that needs the Kubernetes client library: bundled into a file of its own, which is loaded with the first cluster.
export { dumpYaml } from "@kubernetes/client-node";
export { readKubeconfig } from "./readKubeconfig.ts";
