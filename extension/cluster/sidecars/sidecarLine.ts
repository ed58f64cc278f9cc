import { parseRecordedEvent } from "../../../protocol/parseRecordedEvent.ts";
import type { RecordedEvent } from "../../../protocol/recordedEvent.ts";
import type { ClusterPod } from "../inventory/clusterPod.ts";
import { asObject, asTexts } from "../api/json.ts";

/** A line of a sidecar's log as an event of its pod. */
export interface SidecarLine {
  readonly event: RecordedEvent;
  /** The log line with the pod's labels and place. */
  readonly line: string;
  /** Labels that say something else than the pod: `username "x"`. Empty when none does. */
  readonly differs: readonly string[];
}

/** Longest value that a warning repeats. */
const MAX_VALUE = 80;

/**
 * Reads a line of a pod's log; undefined when it is no event. Whose it is comes from the pod whose log it is: what the
 * line itself says of that does not count.
 */
export function sidecarLine(text: string, pod: ClusterPod): SidecarLine | undefined {
  const value = parseJson(text);
  if (parseRecordedEvent(value) === undefined) return undefined;
  const line = asObject(value);
  const fields = asObject(line["fields"]);
  const told = asTexts(fields["labels"]);
  const differs = Object.entries(pod.labels)
    .filter(([name, label]) => told[name] !== undefined && told[name] !== label)
    .map(([name]) => `${name} ${JSON.stringify((told[name] ?? "").slice(0, MAX_VALUE))}`);
  const ours = {
    ...line,
    fields: {
      ...fields,
      labels: { ...told, ...pod.labels },
      ...(pod.node === undefined ? {} : { node: pod.node }),
      kubernetes: {
        ...asObject(fields["kubernetes"]),
        namespace: pod.namespace,
        pod: pod.name,
        pod_uid: pod.uid,
      },
    },
  };
  const event = parseRecordedEvent(ours);
  return event === undefined ? undefined : { event, line: JSON.stringify(ours), differs };
}

function parseJson(text: string): unknown {
  if (!text.startsWith("{")) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
