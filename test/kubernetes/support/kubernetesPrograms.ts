import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { cacheDirectory } from "./cacheDirectory.ts";

const NAMES = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kubelet"] as const;
const MODULE = join(import.meta.dirname, "../binaries");

/** The Kubernetes version that the tests' module asks for, such as `v1.34.4`. */
function kubernetesVersion(): string {
  const goMod = readFileSync(join(MODULE, "go.mod"), "utf8");
  const version = /^(?:require |\t)k8s\.io\/kubernetes (v\d+\.\d+\.\d+)(?: |$)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error(`${MODULE}/go.mod requires no version of k8s.io/kubernetes`);
  return version;
}

/** The folder that holds the programs once they are built. */
function programsFolder(): string {
  return join(cacheDirectory(), `kubernetes-${kubernetesVersion()}-${process.arch}`);
}

/** Whether nothing is left to build. */
export function areProgramsBuilt(): boolean {
  return existsSync(programsFolder());
}

/** Builds the programs where the cache has none, which takes minutes, and returns their folder. */
export function buildPrograms(say: (line: string) => void): string {
  const folder = programsFolder();
  if (areProgramsBuilt()) return folder;
  const version = kubernetesVersion();
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  say(`Building Kubernetes ${version}: five minutes or more, once`);
  // Under its own name until all of it is there: several runs may build at the same time.
  const unfinished = mkdtempSync(`${folder}-`);
  const variable = "k8s.io/component-base/version";
  const flags = `-s -w -X ${variable}.gitVersion=${version} -X ${variable}.gitMajor=${major} -X ${variable}.gitMinor=${minor}`;
  const packages = NAMES.map((name) => `k8s.io/kubernetes/cmd/${name}`);
  const build = spawnSync(
    "go",
    ["build", "-trimpath", "-ldflags", flags, "-o", `${unfinished}/`, ...packages],
    {
      cwd: MODULE,
      env: { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-buildvcs=false", GOWORK: "off" },
      stdio: ["ignore", 2, 2],
    },
  );
  if (build.status !== 0) {
    rmSync(unfinished, { recursive: true, force: true });
    throw new Error("Kubernetes could not be built: see go's messages above");
  }
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!areProgramsBuilt()) throw error;
  }
  return folder;
}
