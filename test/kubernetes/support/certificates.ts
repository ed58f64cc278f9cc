import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { NODE_ADDRESS, SERVICE_ADDRESS } from "./nodeNamespaces.ts";

const DAYS = "365";
const SERVER_NAMES = [
  `IP:${NODE_ADDRESS}`,
  `IP:${SERVICE_ADDRESS}`,
  "IP:127.0.0.1",
  "DNS:kubernetes.default.svc",
  "DNS:kubernetes",
  "DNS:localhost",
].join(",");

/** Files of a certificate and its key. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** The certificates of one cluster, in a folder of its own; openssl makes them. */
export class Certificates {
  readonly authority: KeyPair;
  /** The API server's, for its own addresses. */
  readonly server: KeyPair;
  /** RSA: signs the tokens of service accounts. */
  readonly serviceAccounts: { readonly publicKey: string; readonly key: string };
  readonly #directory: string;
  readonly #config: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#directory = directory;
    this.#config = this.#file("openssl.cnf");
    // The machine's own settings may add extensions that don't fit.
    writeFileSync(this.#config, "[req]\ndistinguished_name = subject\n[subject]\n");
    this.authority = this.#issue("ca", "/CN=process-logging-test", ["basicConstraints=critical,CA:TRUE"]);
    this.server = this.client("apiserver", "/CN=kube-apiserver", [`subjectAltName=${SERVER_NAMES}`]);
    const [key, publicKey] = [this.#file("sa.key"), this.#file("sa.pub")];
    openssl(["genrsa", "-out", key, "2048"]);
    openssl(["rsa", "-in", key, "-pubout", "-out", publicKey]);
    this.serviceAccounts = { publicKey, key };
  }

  /** A key pair that the authority signed, for a subject such as `/O=system:masters/CN=admin`. */
  client(name: string, subject: string, extensions: readonly string[] = []): KeyPair {
    const { certificate, key } = this.authority;
    return this.#issue(name, subject, extensions, ["-CA", certificate, "-CAkey", key]);
  }

  /** The kubeconfig of whoever has this subject, with all in one file. */
  kubeconfig(name: string, subject: string): string {
    const { certificate, key } = this.client(name, subject);
    const inline = (file: string): string => readFileSync(file).toString("base64");
    const file = this.#file(`${name}.kubeconfig`);
    const config = {
      apiVersion: "v1",
      kind: "Config",
      "current-context": "test",
      clusters: [
        {
          name: "test",
          cluster: {
            server: `https://${NODE_ADDRESS}`,
            "certificate-authority-data": inline(this.authority.certificate),
          },
        },
      ],
      users: [
        {
          name,
          user: { "client-certificate-data": inline(certificate), "client-key-data": inline(key) },
        },
      ],
      contexts: [{ name: "test", context: { cluster: "test", user: name } }],
    };
    writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
    return file;
  }

  #issue(
    name: string,
    subject: string,
    extensions: readonly string[],
    signer: readonly string[] = [],
  ): KeyPair {
    const pair = { certificate: this.#file(`${name}.crt`), key: this.#file(`${name}.key`) };
    openssl([
      ...["req", "-x509", "-config", this.#config, "-days", DAYS, "-nodes"],
      ...["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"],
      ...["-subj", subject, "-keyout", pair.key, "-out", pair.certificate],
      ...extensions.flatMap((extension) => ["-addext", extension]),
      ...signer,
    ]);
    return pair;
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}
