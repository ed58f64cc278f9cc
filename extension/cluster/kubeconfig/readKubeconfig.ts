import { existsSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { asObject, asText } from "../api/json.ts";
import type { ClusterAccess, KubeconfigContext, KubeconfigContexts } from "./kubeconfigContexts.ts";
import { ShownError, whyText } from "../../../protocol/text/shownError.ts";

/** The context of a pod's own service account, for an editor that runs in the cluster. */
const IN_CLUSTER = "in-cluster";

const TOKEN_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Reads the contexts of a kubeconfig: of that file or, without one, of those that `kubectl` would read, and that of the
 * pod the editor runs in. Runs none of the programs that it names. Throws one line when there is nothing to read.
 */
export function readKubeconfig(path: string | undefined): KubeconfigContexts {
  const configs = new Map<string, KubeConfig>();
  const all: KubeconfigContext[] = [];
  const add = (config: KubeConfig, rename?: string): void => {
    for (const { name } of config.contexts) {
      const context = describe(config, name, rename ?? name);
      if (context === undefined || configs.has(context.name)) continue;
      configs.set(context.name, config);
      all.push(context);
    }
  };
  const file = new KubeConfig();
  const where = path ?? defaultPath();
  if (where !== undefined) {
    load(file, path, where);
    add(file);
  }
  if (existsSync(TOKEN_FILE)) {
    const own = new KubeConfig();
    own.loadFromCluster();
    own.contexts = own.contexts.map((context) => ({ ...context, name: IN_CLUSTER }));
    own.currentContext = IN_CLUSTER;
    add(own, IN_CLUSTER);
  }
  if (all.length === 0) {
    throw new ShownError((t) =>
      where === undefined
        ? t(
            "there is no kubeconfig: set KUBECONFIG or processLogging.kubeconfig, or put it into ~/.kube/config",
          )
        : t("the kubeconfig {0} has no context with a cluster and a user", where),
    );
  }
  const current = configs.has(file.currentContext) ? file.currentContext : all[0]?.name;
  return {
    current,
    all,
    open: (name) => {
      const config = configs.get(name);
      if (config === undefined) {
        throw new ShownError((t) => t("the kubeconfig has no context {0}", JSON.stringify(name)));
      }
      return access(config, name);
    },
  };
}

function defaultPath(): string | undefined {
  const named = process.env["KUBECONFIG"];
  if (named !== undefined && named !== "") return named;
  const usual = join(homedir(), ".kube", "config");
  return existsSync(usual) ? usual : undefined;
}

function load(config: KubeConfig, path: string | undefined, where: string): void {
  try {
    // One broken entry must not hide the others.
    const options = { onInvalidEntry: "filter" as never };
    if (path === undefined) config.loadFromDefault(options);
    else config.loadFromFile(path, options);
  } catch (cause) {
    throw new ShownError((t) => t("could not read the kubeconfig {0}: {1}", where, whyText(cause, t)), cause);
  }
}

function describe(config: KubeConfig, name: string, shown: string): KubeconfigContext | undefined {
  const context = config.getContextObject(name);
  const cluster = config.getCluster(context?.cluster ?? "");
  const user = config.getUser(context?.user ?? "");
  if (context === null || cluster === null || user === null) return undefined;
  const provider = asObject(asObject(user.authProvider)["config"]);
  const exec = asObject(user.exec ?? provider["exec"]);
  const command = asText(exec["command"]) ?? asText(provider["cmd-path"]);
  return {
    name: shown,
    cluster: cluster.name,
    server: cluster.server,
    user: user.name,
    namespace: context.namespace,
    plugin: command,
  };
}

function access(source: KubeConfig, name: string): ClusterAccess {
  // Of its own, since the current context is a state of it and another connection may choose another one.
  const config = new KubeConfig();
  config.loadFromOptions({
    clusters: source.clusters,
    contexts: source.contexts,
    users: source.users,
    currentContext: name,
  });
  const server = config.getCurrentCluster()?.server ?? "";
  return {
    context: name,
    server,
    options: async () => {
      const options: RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      return options;
    },
  };
}
