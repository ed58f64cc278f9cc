import { Option } from "commander";

/** Where the API server is; without it the pod's own service account says so. */
export function kubeconfigOption(): Option {
  return new Option(
    "--kubeconfig <file>",
    "how to reach the API server (default: as the service account of this pod)",
  );
}
