import type { Labels } from "../../../protocol/events.ts";
import { asList, asObject, asText, asTexts, asTimeMs, type Json } from "../api/json.ts";
import { LABEL_PARTS, podLabels } from "./podLabels.ts";
import { each, type Wanted } from "../api/wantedParts.ts";
import { OWNER_LABEL_PARTS, OWNER_REFERENCE_PARTS, podOwner } from "./workspaceOwner.ts";
import { t } from "../../../protocol/text/translate.ts";

/** Name of the container that logs, both of a tracer's pod and of a sidecar. */
export const LOGGING_CONTAINER = "exectrace";

/** Where the product's own objects are. */
export const TRACER_NAMESPACE = "process-logging";

const TRACER_LABEL = "app.kubernetes.io/name";

/** By these a tracer is told what a workspace is, or by which labels and annotations it is known. */
const RULE_FLAGS = ["--label-key", "--workspace-selector", "--capture-namespace"] as const;

const ENDED_PARTS = each(["message", "exitCode"]);
const STATUS_PARTS: Wanted = {
  ...each(["name", "ready", "restartCount"]),
  state: {
    running: each(["startedAt"]),
    waiting: each(["reason", "message"]),
    terminated: ENDED_PARTS,
  },
  lastState: { terminated: ENDED_PARTS },
};

/** What `parsePod` reads. */
export const POD_PARTS: Wanted = {
  metadata: {
    ...each(["uid", "namespace", "name", "creationTimestamp", "deletionTimestamp"]),
    ...OWNER_REFERENCE_PARTS,
    labels: { ...LABEL_PARTS, ...OWNER_LABEL_PARTS, ...each([TRACER_LABEL]) },
    annotations: LABEL_PARTS,
  },
  spec: {
    ...each(["nodeName"]),
    ...each(["containers", "initContainers"], each(["name", "image", "command", "args"])),
  },
  status: {
    ...each(["phase", "startTime"]),
    conditions: each(["type", "status", "message", "reason"]),
    ...each(["containerStatuses", "initContainerStatuses"], STATUS_PARTS),
  },
};

/** `stopped`: all of its containers have ended, or it is being deleted and none of them runs. */
export type PodPhase = "pending" | "running" | "stopped";

/** How it is with the container that logs. */
export interface LoggingContainer {
  readonly running: boolean;
  readonly ready: boolean;
  readonly startedMs: number | undefined;
  readonly image: string;
  readonly restarts: number;
  /** Of a tracer: its flags say what a workspace is, so that nobody else knows. */
  readonly hasOwnRules: boolean;
  /** The first line of what it wrote when it last ended, or why it can't start. */
  readonly message: string | undefined;
}

/** What is kept of a pod. */
export interface ClusterPod {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  readonly node: string | undefined;
  /** `unknown`: its owner may still say that it is a workspace. */
  readonly role: "workspace" | "tracer" | "unknown";
  /** By the names that log lines use; empty for tracers. */
  readonly labels: Labels;
  /** Key of what made it, as `podOwner` gives it. */
  readonly owner: string | undefined;
  /** Under which keys it carries user and workspace; undefined where its labels don't have both. */
  readonly labelKeys: { readonly username: string; readonly workspaceName: string } | undefined;
  readonly phase: PodPhase;
  /** Why it is pending. */
  readonly why: string | undefined;
  readonly createdMs: number;
  readonly startedMs: number | undefined;
  readonly logging: LoggingContainer | undefined;
}

/** The parts of a pod that matter here; undefined for one that is neither a workspace nor a tracer, and can't become one. */
export function parsePod(object: Json): ClusterPod | undefined {
  const metadata = asObject(object["metadata"]);
  const spec = asObject(object["spec"]);
  const status = asObject(object["status"]);
  const uid = asText(metadata["uid"]);
  const namespace = asText(metadata["namespace"]);
  const name = asText(metadata["name"]);
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  const texts = asTexts(metadata["labels"]);
  const isTracer = namespace === TRACER_NAMESPACE && texts[TRACER_LABEL] === "tracer";
  const { labels, keys } = podLabels(texts, asTexts(metadata["annotations"]));
  const logging = loggingContainer(spec, status);
  const owner = isTracer ? undefined : podOwner(metadata);
  const saysNothing = logging === undefined && Object.keys(labels).length === 0;
  if (!isTracer && saysNothing && owner === undefined) return undefined;
  return {
    uid,
    namespace,
    name,
    node: asText(spec["nodeName"]),
    role: isTracer ? "tracer" : saysNothing ? "unknown" : "workspace",
    labels: isTracer ? {} : labels,
    owner,
    labelKeys: isTracer ? undefined : keys,
    phase: phaseOf(metadata, status),
    why: whyPending(status),
    createdMs: asTimeMs(metadata["creationTimestamp"]) ?? 0,
    startedMs: asTimeMs(status["startTime"]),
    logging,
  };
}

function phaseOf(metadata: Json, status: Json): PodPhase {
  const phase = asText(status["phase"]);
  if (phase === "Succeeded" || phase === "Failed") return "stopped";
  const running = asList(status["containerStatuses"]).some(
    (each) => asObject(each["state"])["running"] !== undefined,
  );
  if (metadata["deletionTimestamp"] !== undefined && !running) return "stopped";
  return phase === "Running" ? "running" : "pending";
}

function whyPending(status: Json): string | undefined {
  for (const condition of asList(status["conditions"])) {
    if (condition["type"] === "PodScheduled" && condition["status"] === "False") {
      return asText(condition["message"]) ?? asText(condition["reason"]);
    }
  }
  for (const container of allStatuses(status)) {
    const waiting = asObject(asObject(container["state"])["waiting"]);
    const reason = asText(waiting["reason"]);
    if (reason === undefined) continue;
    const message = asText(waiting["message"]);
    return message === undefined ? reason : `${reason}: ${message}`;
  }
  return undefined;
}

function loggingContainer(spec: Json, status: Json): LoggingContainer | undefined {
  const declared = [...asList(spec["containers"]), ...asList(spec["initContainers"])].find(
    (each) => each["name"] === LOGGING_CONTAINER,
  );
  if (declared === undefined) return undefined;
  const found = asObject(allStatuses(status).find((each) => each["name"] === LOGGING_CONTAINER));
  const state = asObject(found["state"]);
  const running = asObject(state["running"]);
  const ended = asObject(state["terminated"] ?? asObject(found["lastState"])["terminated"]);
  const waiting = asObject(state["waiting"]);
  const restarts = found["restartCount"];
  const isRunning = state["running"] !== undefined;
  return {
    running: isRunning,
    ready: found["ready"] === true,
    startedMs: asTimeMs(running["startedAt"]),
    image: asText(declared["image"]) ?? "",
    restarts: typeof restarts === "number" ? restarts : 0,
    hasOwnRules: [declared["command"], declared["args"]].some(hasRuleFlag),
    message: isRunning && found["ready"] === true ? undefined : endText(ended, waiting),
  };
}

function hasRuleFlag(argv: unknown): boolean {
  const texts: readonly unknown[] = Array.isArray(argv) ? argv : [];
  return RULE_FLAGS.some((flag) =>
    texts.some((text) => text === flag || asText(text)?.startsWith(`${flag}=`) === true),
  );
}

function endText(ended: Json, waiting: Json): string | undefined {
  const told = asText(asText(ended["message"])?.trim().split("\n", 1)[0]);
  if (told !== undefined) return told;
  const reason = asText(waiting["reason"]);
  const message = asText(waiting["message"]);
  if (reason !== undefined) return message === undefined ? reason : `${reason}: ${message}`;
  const code = ended["exitCode"];
  return typeof code === "number" ? t("ended with exit code {0}", code) : undefined;
}

function allStatuses(status: Json): readonly Json[] {
  return [...asList(status["containerStatuses"]), ...asList(status["initContainerStatuses"])];
}
