import { readFileSync } from "node:fs";

import type { CgroupTree } from "../../cgroup/cgroupTree.ts";
import type { PodPlace } from "../../../protocol/events.ts";
import { KubernetesProvider, type PodCgroups, type PodReports } from "../../identity/kubernetesProvider.ts";
import type { IdentityChange } from "../../identity/knownPod.ts";
import { findRoots, pathOfSelf, rootOfOwnPod, USUAL_ROOTS } from "../../identity/kubepodsRoot.ts";
import { parseLabelKeys } from "../../identity/labelKeys.ts";
import { parseLabelSelector } from "../../identity/labelSelector.ts";
import { OwnerTable } from "../../identity/ownerTable.ts";
import { identifyPod, lacksLabels, wantedKeys, type PodRules } from "../../identity/podIdentity.ts";
import { podOwners } from "../../identity/podOwners.ts";
import { quoteText } from "../../identity/quoteText.ts";
import type { KernelTracer } from "../../kernel/kernelTracer.ts";
import type { SelfLocation } from "../../kernel/sharedMemory.ts";
import { readKubeAccess } from "../../kubernetes/kubeAccess.ts";
import { KubeClient } from "../../kubernetes/kubeClient.ts";
import { OwnerLookup } from "../../kubernetes/ownerLookup.ts";
import { NodePodApi } from "../../kubernetes/podApi.ts";
import { PodTeller } from "../../kubernetes/podTeller.ts";
import { PodWatch } from "../../kubernetes/podWatch.ts";
import { IdentityLineFormatter } from "../../output/identityLine.ts";
import { LimitedLines } from "../../output/limitedLines.ts";
import type { PendingLimits } from "../../pipeline/pendingEvents.ts";
import { systemClock } from "../../stream/streamClock.ts";
import type { Diagnostics } from "../../diagnostics.ts";
import type { KubernetesOptions } from "../options/kubernetesOptions.ts";
import type { OpenLog } from "./openLog.ts";

/** How long a start waits for the API server before it goes on without what it would have told, ms. */
const READY_MS = 2_000;
/** Pods whose changes are told apart at a time. */
const MAX_CHANGING_PODS = 256;
/** A build of some thousand execs in a pod's first seconds, before its container is named, has room. */
const PENDING_BYTES = 16 * 1024 * 1024;

/** The pods of a node as identities. */
export interface KubernetesIdentity {
  readonly pendingLimits: PendingLimits;
  /** Asks the API server for the pods that are there, before anybody is to be told of them. */
  begin(): void;
  provider(kernel: KernelTracer, tree: CgroupTree): KubernetesProvider;
  /** Where lines about changed identities go, once the log is open. */
  onLog(openedLog: OpenLog): void;
  /** Tells what has no line yet, while the log still takes some. */
  ending(): void;
  close(): void;
}

/** Reads the flags and the access to the API server; nothing is asked yet. Rejects with one line. */
export async function prepareKubernetes(
  options: KubernetesOptions & { readonly nodeName: string | undefined },
  log: Diagnostics,
): Promise<KubernetesIdentity> {
  const { nodeName } = options;
  if (nodeName === undefined || nodeName === "") {
    throw new Error("--identity kubernetes needs --node-name NAME: the node as the API server calls it");
  }
  const rules = readRules(options);
  const root = readRoot(options.kubeletCgroupRoot);
  const client = new KubeClient(await readKubeAccess(options.kubeconfig));
  const wanted = wantedKeys(rules);
  const teller = new PodTeller({
    wanted,
    lacksLabels: (pod) => lacksLabels(rules, pod),
    isWorkspace: (pod, owners) => identifyPod(rules, pod, owners).labels !== undefined,
    lookup: new OwnerLookup(client, wanted),
    log,
  });
  const watch = new PodWatch(new NodePodApi(client, nodeName), teller, log);
  const reports = new Reports(nodeName, log);
  return {
    pendingLimits: { maxMs: options.pendingTimeout * 1000, maxBytes: PENDING_BYTES },
    begin: () => {
      watch.listAhead();
    },
    provider: (kernel, tree) => {
      if (!tree.seesRoot) {
        throw new Error(
          "the host's cgroups can't be seen from here, so pods can't be told apart: mount the host's /sys/fs/cgroup at /sys/fs/cgroup (a hostPath volume)",
        );
      }
      const roots =
        root === undefined ? rootsAround(kernel.locateSelf(), tree, log) : (): readonly string[] => [root];
      return new KubernetesProvider({
        roots,
        tree,
        scope: kernel,
        owners: new OwnerTable<PodCgroups>(
          kernel.pinned ? podOwners(kernel.ownerTexts, () => performance.now()) : undefined,
        ),
        rules,
        report: reports,
        source: watch,
        readyMs: READY_MS,
      });
    },
    onLog: (openedLog) => {
      reports.sink = openedLog.lines;
    },
    ending: () => {
      reports.tellWithheld();
    },
    close: () => {
      watch.stop();
      client.close();
    },
  };
}

function readRules({ labelKey, workspaceSelector, captureNamespace }: KubernetesOptions): PodRules {
  for (const namespace of captureNamespace ?? []) {
    if (!/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace)) {
      throw new Error(`--capture-namespace: ${quoteText(namespace)} can't be the name of a namespace`);
    }
  }
  return {
    keys: parseLabelKeys(labelKey ?? []),
    selector: workspaceSelector === undefined ? undefined : parseLabelSelector(workspaceSelector),
    captureNamespaces: new Set(captureNamespace),
  };
}

function readRoot(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const root = given.replace(/^\/sys\/fs\/cgroup(?:\/unified)?(?=\/)/, "").replace(/\/+$/, "");
  if (!/^(?:\/[^/\0]+)+$/.test(root) || root.split("/").some((name) => name === "." || name === "..")) {
    throw new Error(
      `--kubelet-cgroup-root: expected the path of a cgroup such as /kubepods.slice, found ${quoteText(given)}`,
    );
  }
  return root;
}

/** Only kubelet's own directory counts: what is named like it anywhere below was made by somebody else. */
function rootsAround(self: SelfLocation, tree: CgroupTree, log: Diagnostics): () => readonly string[] {
  const own = rootOfOwnPod([pathOfSelf(self)]);
  return () => {
    const roots = own === undefined ? findRoots((path) => tree.directories(path)) : [own];
    log.info(
      { roots },
      roots.length > 0
        ? "found where kubelet keeps its pods"
        : "kubelet keeps no pods yet; they are looked for at its usual places (--kubelet-cgroup-root names another)",
    );
    return roots.length > 0 ? roots : USUAL_ROOTS;
  };
}

/** Changed identities are lines of the log as much as what runs under them; whoever changes labels all day fills no log. */
class Reports implements PodReports {
  readonly #formatter: IdentityLineFormatter;
  readonly #log: Diagnostics;
  readonly #changes: LimitedLines<IdentityChange>;
  readonly #problems: LimitedLines<PodProblem>;
  sink: OpenLog["lines"];

  constructor(node: string, log: Diagnostics) {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    this.#formatter = new IdentityLineFormatter({ node, bootId });
    this.#log = log;
    const limits = { maxKinds: MAX_CHANGING_PODS, clock: systemClock };
    this.#changes = new LimitedLines({
      ...{ ...limits, kindOf: ({ pod }) => pod.podUid },
      write: (change) => {
        this.#writeChange(change);
      },
      writeWithheld: ({ latest, count }) => {
        this.#writeChange(latest, count);
      },
    });
    this.#problems = new LimitedLines({
      ...{ ...limits, kindOf: ({ pod }) => pod.podUid },
      write: (problem) => {
        log.warn(problem, PROBLEM);
      },
      writeWithheld: ({ latest, count }) => {
        log.warn({ ...latest, withheld: count }, PROBLEM);
      },
    });
  }

  identityChanged: PodReports["identityChanged"] = (change) => {
    this.#changes.add(change);
  };

  problem: PodReports["problem"] = ({ place }, problem) => {
    this.#problems.add({ pod: place, problem });
  };

  tellWithheld(): void {
    this.#changes.close();
    this.#problems.close();
  }

  #writeChange(change: IdentityChange, withheld?: number): void {
    this.sink?.write(this.#formatter.format(change, Date.now(), withheld));
    const more = withheld === undefined ? {} : { withheld };
    this.#log.warn({ ...change, ...more }, CHANGE);
  }
}

interface PodProblem {
  readonly pod: PodPlace;
  readonly problem: string;
}

const CHANGE = "a workspace's pod claims another identity; it is logged under its first one";
const PROBLEM = "a pod's metadata can't be used as it is";
