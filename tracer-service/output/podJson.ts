import { escapeJson } from "../../protocol/escapeJson.ts";
import type { PodPlace } from "../../protocol/events.ts";

/** The object `kubernetes` of a log line; what is undefined is left out. */
export function podJson(pod: PodPlace): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ["namespace", pod.namespace],
    ["pod", pod.pod],
    ["pod_uid", pod.podUid],
    ["service_account", pod.serviceAccount],
    ["container", pod.container],
    ["container_id", pod.containerId],
    ["image", pod.image],
  ];
  const known = facts.flatMap(([key, text]) => (text === undefined ? [] : [`"${key}":${escapeJson(text)}`]));
  return `{${known.join(",")}}`;
}
