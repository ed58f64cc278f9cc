import { isIP } from "node:net";
import { isAbsolute } from "node:path";

import type { Permission } from "../../access/accessReview.ts";
import { quoteText } from "../../identity/quoteText.ts";
import type { AccessOptions } from "../options/accessOptions.ts";

/** Where metrics are served, and by which certificate. */
export interface MetricsPlan {
  readonly host: string;
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  readonly audience: string;
}

/** How the API server decides on readers. */
export interface AccessPlan {
  readonly permission: Permission;
  readonly audience: string;
  readonly cacheMs: number;
  readonly kubeconfig: string | undefined;
  /** Undefined: nothing answers probes. */
  readonly probeSocket: string | undefined;
  readonly metrics: MetricsPlan | undefined;
}

/** Reads the flags; undefined without `--auth kubernetes`. Throws one line. */
export function planAccess(options: AccessOptions): AccessPlan | undefined {
  const metrics = planMetrics(options);
  if (options.auth === undefined) {
    if (metrics !== undefined) throw new Error("--metrics-listen goes with --auth kubernetes");
    return undefined;
  }
  if (options.audience === "")
    throw new Error("--audience is empty: give the audience that readers' tokens have");
  const { probeSocket } = options;
  if (probeSocket !== "none" && !isAbsolute(probeSocket)) {
    throw new Error(`--probe-socket: expected an absolute path or none, found ${quoteText(probeSocket)}`);
  }
  return {
    permission: options.authorize,
    audience: options.audience,
    cacheMs: options.accessCache * 1000,
    kubeconfig: options.kubeconfig,
    probeSocket: probeSocket === "none" ? undefined : probeSocket,
    metrics,
  };
}

function planMetrics(options: AccessOptions): MetricsPlan | undefined {
  const { metricsListen: listen, metricsTlsCert: certFile, metricsTlsKey: keyFile } = options;
  if (listen === undefined) {
    if (certFile !== undefined || keyFile !== undefined || options.metricsAudience !== undefined) {
      throw new Error(
        "--metrics-tls-cert, --metrics-tls-key and --metrics-audience go with --metrics-listen",
      );
    }
    return undefined;
  }
  if (certFile === undefined || keyFile === undefined) {
    throw new Error(
      "--metrics-listen needs --metrics-tls-cert FILE and --metrics-tls-key FILE: tokens never go unencrypted",
    );
  }
  const match = /^(\[?)(.*?)(\]?):([0-9]{1,5})$/.exec(listen);
  const [, open = "", host = "", close = "", digits = ""] = match ?? [];
  const port = Number(digits);
  if (isIP(host) === 0 || (isIP(host) === 6) !== (open + close === "[]") || !(port <= 65_535)) {
    throw new Error(
      `--metrics-listen: expected an address such as 0.0.0.0:9443 or [::]:9443, found ${quoteText(listen)}`,
    );
  }
  return { host, port, certFile, keyFile, audience: options.metricsAudience ?? options.audience };
}
