import type { Clock } from "../../clock.ts";
import { apiPath, type ApiServer } from "../api/apiServer.ts";
import { asList, asObject, asText, type Json } from "../api/json.ts";
import { removeObject } from "./applyObjects.ts";
import { t } from "../../../protocol/text/translate.ts";

const LOOK_MS = 1_000;
/** A kubelet ends such a pod itself after its `activeDeadlineSeconds`; a silent one never does. */
const TIMEOUT_MS = 150_000;
/** Of what it says. */
const MAX_LOG_BYTES = 65_536;

/** What running a pod needs of the outside. */
export interface RunPodOptions {
  readonly api: ApiServer;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How a pod ended. */
export interface PodRun {
  readonly succeeded: boolean;
  /** What it said or, when it said nothing or could not start, why. */
  readonly said: string;
}

/** Runs a pod to its end and removes it, whatever happens. Rejects when the API server refuses it. */
export async function runNodePod(pod: Json, { api, clock, signal }: RunPodOptions): Promise<PodRun> {
  const namespace = asText(asObject(pod["metadata"])["namespace"]) ?? "default";
  const path = apiPath("api", "v1", "namespaces", namespace, "pods");
  const created = asObject(await api.call({ method: "POST", path, body: pod }));
  const name = asText(asObject(created["metadata"])["name"]) ?? "";
  const endMs = clock.nowMs() + TIMEOUT_MS;
  try {
    for (;;) {
      const status = asObject(asObject(await api.call({ path: path + apiPath(name) }))["status"]);
      const phase = asText(status["phase"]);
      if (phase === "Succeeded" || phase === "Failed")
        return { succeeded: phase === "Succeeded", said: await readLog(api, path + apiPath(name), status) };
      const stuck = stuckReason(status);
      if (stuck !== undefined) return { succeeded: false, said: t("the pod could not start: {0}", stuck) };
      if (signal.aborted) return { succeeded: false, said: t("it was stopped") };
      if (clock.nowMs() >= endMs)
        return { succeeded: false, said: t("the pod has not ended within {0} s", TIMEOUT_MS / 1000) };
      await new Promise<void>((resolve) => {
        clock.after(LOOK_MS, resolve);
      });
    }
  } finally {
    await removeObject(api, { apiVersion: "v1", kind: "Pod", metadata: { name, namespace } });
  }
}

async function readLog(api: ApiServer, path: string, status: Json): Promise<string> {
  const query = { limitBytes: String(MAX_LOG_BYTES) };
  let text = "";
  for await (const chunk of await api.stream({ path: `${path}/log`, query })) text += String(chunk);
  if (text.trim() !== "") return text;
  const [container] = asList(status["containerStatuses"]);
  const ended = asObject(asObject(asObject(container)["state"])["terminated"]);
  const why =
    asText(status["message"]) ??
    asText(ended["message"]) ??
    asText(status["reason"]) ??
    asText(ended["reason"]);
  return t("it said nothing: {0}", why ?? t("no reason is known"));
}

/** Why the pod will not start by itself, such as an image that nobody has. */
function stuckReason(status: Json): string | undefined {
  for (const container of asList(status["containerStatuses"])) {
    const waiting = asObject(asObject(container["state"])["waiting"]);
    const reason = asText(waiting["reason"]);
    if (reason === undefined || reason === "ContainerCreating" || reason === "PodInitializing") continue;
    return [reason, asText(waiting["message"])].filter((part) => part !== undefined).join(": ");
  }
  return undefined;
}
