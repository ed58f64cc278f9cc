/** The label that a node carries while its tracer logs. Kubelets may not set labels of this kind on themselves. */
export const READY_LABEL = "processlogging.node-restriction.kubernetes.io/ready";

/** What of a node matters here. */
export interface NodeFacts {
  readonly name: string;
  readonly uid: string;
  /** Value of the label. */
  readonly label: string | undefined;
  /** Its condition `Ready` is true. */
  readonly ready: boolean;
}

/** What of a tracer's pod matters here. */
export interface TracerFacts {
  readonly uid: string;
  readonly name: string;
  /** Undefined before it is scheduled. */
  readonly node: string | undefined;
  /** Undefined: it is ready. */
  readonly notReady: string | undefined;
}

/** A lease by which a kubelet says that it is alive. */
export interface HeartbeatFacts {
  /** Of the node, and so of its lease. */
  readonly name: string;
  readonly uid: string;
  readonly renewTime: string;
}

type Json = Readonly<Record<string, unknown>>;

/** Undefined where it is no node. */
export function parseNode(value: unknown): NodeFacts | undefined {
  const meta = metadataOf(value);
  if (meta === undefined) return undefined;
  const label = objectOf(objectOf(objectOf(value)["metadata"])["labels"])[READY_LABEL];
  return {
    ...meta,
    label: typeof label === "string" ? label : undefined,
    ready: conditionOf(value, "Ready")?.["status"] === "True",
  };
}

/** Undefined where it is no pod. */
export function parseTracer(value: unknown): TracerFacts | undefined {
  const meta = metadataOf(value);
  if (meta === undefined) return undefined;
  const { nodeName } = objectOf(objectOf(value)["spec"]);
  return { ...meta, node: typeof nodeName === "string" ? nodeName : undefined, notReady: whyNot(value) };
}

/** Undefined where it is no lease, or was never renewed. */
export function parseHeartbeat(value: unknown): HeartbeatFacts | undefined {
  const meta = metadataOf(value);
  const { renewTime } = objectOf(objectOf(value)["spec"]);
  return meta === undefined || typeof renewTime !== "string" ? undefined : { ...meta, renewTime };
}

function whyNot(pod: unknown): string | undefined {
  const { metadata, status } = objectOf(pod);
  if (objectOf(metadata)["deletionTimestamp"] !== undefined) return "its tracer is being deleted";
  const ready = conditionOf(pod, "Ready");
  if (objectOf(status)["phase"] === "Running" && ready?.["status"] === "True") return undefined;
  const message = lastWord(objectOf(status)["containerStatuses"]) ?? ready?.["message"];
  return `its tracer is not ready${typeof message === "string" && message !== "" ? `: ${oneLine(message)}` : ""}`;
}

/** What a tracer that ended has left in its termination message, or why its container waits. */
function lastWord(statuses: unknown): string | undefined {
  if (!Array.isArray(statuses)) return undefined;
  for (const status of statuses) {
    const { state, lastState } = objectOf(status);
    for (const each of [state, lastState]) {
      const { message } = objectOf(objectOf(each)["terminated"]);
      if (typeof message === "string" && message !== "") return message;
    }
    const { message, reason } = objectOf(objectOf(state)["waiting"]);
    for (const text of [message, reason]) if (typeof text === "string" && text !== "") return text;
  }
  return undefined;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, 300);
}

function conditionOf(value: unknown, type: string): Json | undefined {
  const { conditions } = objectOf(objectOf(value)["status"]);
  return Array.isArray(conditions)
    ? conditions.map(objectOf).find((each) => each["type"] === type)
    : undefined;
}

function metadataOf(value: unknown): { readonly name: string; readonly uid: string } | undefined {
  const { name, uid } = objectOf(objectOf(value)["metadata"]);
  return typeof name === "string" && typeof uid === "string" ? { name, uid } : undefined;
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
