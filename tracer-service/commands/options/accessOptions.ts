import { Option, type Command } from "commander";

import type { Permission } from "../../access/accessReview.ts";
import { numberBetween } from "./numberBetween.ts";

/** Who may read in Kubernetes, and what else listens there. */
export interface AccessOptions {
  readonly auth: "kubernetes" | undefined;
  readonly authorize: Permission;
  readonly audience: string;
  /** Seconds. */
  readonly accessCache: number;
  readonly probeSocket: string;
  readonly metricsListen: string | undefined;
  readonly metricsTlsCert: string | undefined;
  readonly metricsTlsKey: string | undefined;
  readonly metricsAudience: string | undefined;
  readonly kubeconfig: string | undefined;
}

/** The audience that tokens for tracers have. */
const AUDIENCE = "processlogging.dev";

/** Where the probes of a pod ask. */
export const PROBE_SOCKET = "/run/process-logging/probe.sock";

/** Adds the flags of `AccessOptions` to a command, but for `--kubeconfig`. */
export function addAccessOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--auth <kind>", "HOST:PORT: let in whose token the API server accepts").choices([
        "kubernetes",
      ]),
    )
    .addOption(
      new Option("--authorize <permission>", "which permission in a namespace lets read its workspaces")
        .choices(["processes", "pods/log"])
        .default("processes"),
    )
    .option("--audience <name>", "the audience that readers' tokens must have", AUDIENCE)
    .option(
      "--access-cache <seconds>",
      "how long an answer of the API server on a reader counts",
      numberBetween(1, 300),
      30,
    )
    .option("--probe-socket <path>", "Unix socket on which `probe` is answered, or none", PROBE_SOCKET)
    .option(
      "--metrics-listen <address>",
      "HOST:PORT where metrics are served by TLS, to who may get /metrics",
    )
    .option("--metrics-tls-cert <file>", "its certificate, PEM; read anew when it changes")
    .option("--metrics-tls-key <file>", "the key of that, PEM")
    .option(
      "--metrics-audience <name>",
      "the audience that tokens for metrics must have (default: that of --audience)",
    );
}
