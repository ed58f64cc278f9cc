import { AccessControl } from "../access/accessControl.ts";
import type { Permission } from "../access/accessReview.ts";
import { KubeClient } from "../kubernetes/kubeClient.ts";
import { readKubeAccess } from "../kubernetes/kubeAccess.ts";
import { systemClock } from "../stream/streamClock.ts";
import type { ApiServer } from "./apiServer.ts";
import { KubernetesGate } from "./kubernetesGate.ts";
import { listenOnPort } from "./listenOnPort.ts";
import { socketGate } from "./localGates.ts";
import { MetricsGate } from "./metricsGate.ts";
import { createApiServer, peerUidOf, type OpenListener, type Served } from "./openListener.ts";
import { listenOnSocketFile } from "./socketFile.ts";
import { TlsFiles } from "./tlsFiles.ts";

/** Where to listen in a pod, and how the API server decides on readers. */
export interface KubernetesTarget {
  readonly host: string;
  readonly port: number;
  readonly access: {
    readonly permission: Permission;
    readonly audience: string;
    readonly cacheMs: number;
    readonly kubeconfig: string | undefined;
    readonly probeSocket: string | undefined;
    readonly metrics: MetricsTarget | undefined;
  };
}

interface MetricsTarget {
  readonly host: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly audience: string;
}

/** How often an open stream's permissions are looked at: what a revocation takes beside the caches' time. */
const MAX_CHECK_MS = 5_000;
const CERTIFICATE_CHECK_MS = 10_000;

/** Listens in a pod: the API, what answers its probes, and metrics. Rejects with one line where one of them can't. */
export async function openKubernetesApi(target: KubernetesTarget, served: Served): Promise<OpenListener> {
  const { host, port, access } = target;
  const { audience, cacheMs, permission, metrics, probeSocket } = access;
  const { log } = served;
  const client = new KubeClient(await readKubeAccess(access.kubeconfig));
  const open: (() => Promise<void> | void)[] = [
    () => {
      client.close();
    },
  ];
  const close = async (): Promise<void> => {
    for (const each of open.splice(0).reverse()) await each();
  };
  const control = (of: string): AccessControl =>
    new AccessControl({ client, audience: of, cacheMs, nowMs: Date.now });
  try {
    const gate = new KubernetesGate({
      access: control(audience),
      permission,
      checkMs: Math.min(MAX_CHECK_MS, cacheMs / 2),
      nowMs: Date.now,
      after: (ms, call) => systemClock.after(ms, call),
      log,
    });
    const api = createApiServer(served, gate);
    const { port: bound } = await listenOnPort(api.http, host, port, "--listen");
    open.push(() => api.close());
    log.info({ host, port: bound, audience, permission }, "the API listens");
    if (probeSocket !== undefined) open.push(await openProbe(served, probeSocket));
    if (metrics !== undefined) {
      open.push(await openMetrics(served, metrics, new MetricsGate(control(metrics.audience), log), api));
    }
    return { close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** For the kubelet's exec probes, by the file's permissions: nothing but health is told there. */
async function openProbe(served: Served, path: string): Promise<() => Promise<void>> {
  const server = createApiServer(served, socketGate(peerUidOf), { paths: ["/healthz", "/readyz"] });
  const ownUid = process.geteuid?.() ?? 0;
  let remove: () => void;
  try {
    ({ remove } = await listenOnSocketFile(server.http, path, {
      ownUid,
      gid: undefined,
      // kubelet makes an emptyDir volume open to all, and who is not root can't close it.
      inOpenFolder: true,
    }));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${why}: mount an emptyDir there, or choose another --probe-socket`, { cause });
  }
  return async () => {
    await server.close();
    remove();
  };
}

async function openMetrics(
  served: Served,
  { host, port, certFile, keyFile }: MetricsTarget,
  gate: MetricsGate,
  api: ApiServer,
): Promise<() => Promise<void>> {
  const { log } = served;
  const files = new TlsFiles(certFile, keyFile, (problem) => {
    log.error({ problem }, "the certificate of the metrics can't be renewed; the one before stays in use");
  });
  const server = createApiServer(served, gate, { paths: ["/metrics"], tls: files.used, countsOf: api });
  const { port: bound } = await listenOnPort(server.http, host, port, "--metrics-listen");
  log.info({ host, port: bound }, "the metrics listen");
  const timer = setInterval(() => {
    const pair = files.changed();
    if (pair === undefined) return;
    server.useCertificate(pair);
    log.info({ certFile }, "the metrics have a new certificate");
  }, CERTIFICATE_CHECK_MS).unref();
  return async () => {
    clearInterval(timer);
    await server.close();
  };
}
