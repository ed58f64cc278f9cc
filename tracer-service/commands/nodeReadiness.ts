import { randomUUID } from "node:crypto";
import { hostname } from "node:os";

import { openDiagnostics } from "../diagnostics.ts";
import { KubeClient } from "../kubernetes/kubeClient.ts";
import { readKubeAccess } from "../kubernetes/kubeAccess.ts";
import { Leader } from "../readiness/leader.ts";
import { NodeLabels } from "../readiness/nodeLabels.ts";
import { NodeReadiness } from "../readiness/nodeReadiness.ts";
import { openProbeSocket } from "../readiness/probeSocket.ts";
import { endOnSignals } from "./assembly/ending.ts";

/** The flags of `tracer-service node-readiness`. */
export interface NodeReadinessOptions {
  readonly namespace: string | undefined;
  readonly selector: string;
  readonly lease: string;
  readonly probeSocket: string;
  readonly kubeconfig: string | undefined;
}

/** Keeps the nodes' labels until it is told to stop. Returns the exit status; rejects with one line. */
export async function nodeReadiness(options: NodeReadinessOptions): Promise<number> {
  const client = new KubeClient(await readKubeAccess(options.kubeconfig));
  const namespace = options.namespace ?? client.namespace;
  if (namespace === undefined) {
    throw new Error("in which namespace are the tracers? Give --namespace NAME");
  }
  const log = openDiagnostics();
  const ending = endOnSignals();
  const nowMs = (): number => performance.now();
  const me = `${hostname()}_${randomUUID()}`;
  const leader = new Leader({ client, namespace, lease: options.lease, me, nowMs, log });
  const labels = new NodeLabels(client, log);
  const controller = new NodeReadiness({
    ...{ client, namespace, selector: options.selector, leader, labels, nowMs, log },
  });
  const closeProbe = await openProbeSocket(options.probeSocket, () => controller.notReady());
  leader.start();
  controller.start();
  log.info({ namespace, selector: options.selector, lease: options.lease }, "watching nodes and tracers");
  const status = await ending.ended;
  await controller.stop();
  await leader.stop();
  await closeProbe();
  client.close();
  log.info({}, "stopped");
  await log.flush();
  return status;
}
