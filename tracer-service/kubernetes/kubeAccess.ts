import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Where the API server is, and who asks it. Certificates and key are PEM. */
export interface KubeAccess {
  readonly server: URL;
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
  /** Overrides the name that the server's certificate must have. */
  readonly serverName: string | undefined;
  /** The bearer token as it is now: the kubelet replaces a pod's token every hour. */
  readonly token: () => string | undefined;
  /** The namespace of the pod or of the kubeconfig's context. */
  readonly namespace: string | undefined;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const MAX_FILE_BYTES = 1_048_576;

type Json = Readonly<Record<string, unknown>>;

/** The access that a pod's service account gives, or that of a kubeconfig. Rejects with one line where there is none. */
export async function readKubeAccess(kubeconfig: string | undefined): Promise<KubeAccess> {
  return kubeconfig === undefined ? inCluster(process.env) : await fromKubeconfig(kubeconfig);
}

function inCluster(environment: NodeJS.ProcessEnv): KubeAccess {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = environment;
  if (host === undefined || host === "") {
    throw new Error("this is no Kubernetes pod, so there is no API server to ask: give --kubeconfig FILE");
  }
  const server = new URL(`https://${host.includes(":") ? `[${host}]` : host}:${port ?? "443"}`);
  const tokenPath = `${SERVICE_ACCOUNT}/token`;
  const token = (): string => readText(tokenPath, "the service account's token").trim();
  token();
  return {
    ...{ server, token, cert: undefined, key: undefined, serverName: undefined },
    ca: Buffer.from(readText(`${SERVICE_ACCOUNT}/ca.crt`, "the API server's certificate authority")),
    namespace: readText(`${SERVICE_ACCOUNT}/namespace`, "the pod's namespace").trim(),
  };
}

async function fromKubeconfig(path: string): Promise<KubeAccess> {
  const text = readText(path, "the kubeconfig");
  let config: unknown;
  try {
    config = await parseConfig(text);
  } catch (cause) {
    throw new Error(`could not use the kubeconfig ${path}: it is not YAML`, { cause });
  }
  const wrong = (why: string): Error => new Error(`could not use the kubeconfig ${path}: ${why}`);
  if (!isObject(config)) throw wrong("it holds no object");
  const current = config["current-context"];
  const context = named(config["contexts"], current)?.["context"];
  if (!isObject(context)) throw wrong("it has no current context: kubectl config use-context NAME");
  const cluster = named(config["clusters"], context["cluster"])?.["cluster"];
  if (!isObject(cluster) || typeof cluster["server"] !== "string") throw wrong("its context has no cluster");
  const user = named(config["users"], context["user"])?.["user"] ?? {};
  if (!isObject(user)) throw wrong("its context's user is no object");
  if (user["exec"] !== undefined || user["auth-provider"] !== undefined) {
    throw wrong("its user needs a program to log in: give a service account's token or a client certificate");
  }
  if (cluster["insecure-skip-tls-verify"] === true) {
    throw wrong("it skips the check of the server's certificate: give its certificate-authority");
  }
  const server = URL.parse(cluster["server"]);
  if (server?.protocol !== "https:") throw wrong("its server is no https URL");
  const file = (object: Json, key: string): Buffer | undefined => pem(object, key, dirname(path));
  const { token, tokenFile, namespace } = { ...user, namespace: context["namespace"] } as Json;
  return {
    server,
    ca: file(cluster, "certificate-authority"),
    cert: file(user, "client-certificate"),
    key: file(user, "client-key"),
    serverName: nonEmpty(cluster["tls-server-name"]),
    token: tokenOf(nonEmpty(token), nonEmpty(tokenFile), dirname(path)),
    namespace: nonEmpty(namespace),
  };
}

/** The YAML parser takes as much memory as all of the service's own code, and a good part of a start: JSON, which is YAML, too, needs none. */
async function parseConfig(text: string): Promise<unknown> {
  if (text.startsWith("{")) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // YAML may begin so, too.
    }
  }
  const { parse } = await import("yaml");
  return parse(text) as unknown;
}

function tokenOf(
  token: string | undefined,
  file: string | undefined,
  directory: string,
): () => string | undefined {
  if (file === undefined) return () => token;
  return () => readText(resolve(directory, file), "the kubeconfig's token file").trim();
}

/** `key`-data in base64, or the file that `key` names. */
function pem(object: Json, key: string, directory: string): Buffer | undefined {
  const data = nonEmpty(object[`${key}-data`]);
  if (data !== undefined) return Buffer.from(data, "base64");
  const path = nonEmpty(object[key]);
  return path === undefined
    ? undefined
    : Buffer.from(readText(resolve(directory, path), `the kubeconfig's ${key}`));
}

function named(list: unknown, name: unknown): Json | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.filter(isObject).find((each) => each["name"] === name);
}

function readText(path: string, what: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`could not read ${what}: ${why}`, { cause });
  }
  if (text.length > MAX_FILE_BYTES) throw new Error(`could not read ${what}: ${path} is too long`);
  return text;
}

function nonEmpty(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
