import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { readKubeAccess } from "../../../../tracer-service/kubernetes/kubeAccess.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "kubeaccess-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

function write(config: object | string): string {
  const path = join(directory, "config");
  writeFileSync(path, typeof config === "string" ? config : JSON.stringify(config));
  return path;
}

const config = (user: object, cluster: object = {}, server = "https://10.0.0.1:6443") => ({
  "current-context": "test",
  contexts: [{ name: "test", context: { cluster: "c", user: "u", namespace: "ns" } }],
  clusters: [{ name: "c", cluster: { server, ...cluster } }],
  users: [{ name: "u", user }],
});

describe("readKubeAccess", () => {
  it("reads server, certificates and namespace, from data or files beside the kubeconfig", async () => {
    writeFileSync(join(directory, "key.pem"), "KEY");
    const ca = Buffer.from("CA").toString("base64");
    const path = write(
      config(
        { "client-certificate-data": ca, "client-key": "key.pem" },
        { "certificate-authority-data": ca },
      ),
    );
    const access = await readKubeAccess(path);
    expect(access).toMatchObject({ namespace: "ns", serverName: undefined });
    expect([access.ca, access.cert, access.key].map(String)).toEqual(["CA", "CA", "KEY"]);
    expect([access.server.host, access.token()]).toEqual(["10.0.0.1:6443", undefined]);
  });

  it.each([
    "{current-context: test, contexts: [], clusters: [], users: []}",
    "current-context: test\ncontexts: []",
  ])("reads YAML, also where it looks like JSON at first: %s", async (text) => {
    await expect(readKubeAccess(write(text))).rejects.toThrow(/it has no current context/);
  });

  it("reads a token file anew each time, since tokens are replaced", async () => {
    writeFileSync(join(directory, "token"), "first\n");
    const access = await readKubeAccess(write(config({ tokenFile: "token" })));
    expect(access.token()).toBe("first");
    writeFileSync(join(directory, "token"), "second\n");
    expect(access.token()).toBe("second");
  });

  it.each([
    ["no YAML", "{", /it is not YAML/],
    ["no object", "- 1", /it holds no object/],
    ["no context", {}, /no current context/],
    ["plain HTTP", config({}, {}, "http://10.0.0.1"), /its server is no https URL/],
    [
      "no check of the certificate",
      config({}, { "insecure-skip-tls-verify": true }),
      /certificate-authority/,
    ],
    ["a program", config({ exec: { command: "aws" } }), /needs a program to log in/],
    ["a file that is missing", config({ "client-key": "none.pem" }), /client-key: ENOENT/],
  ])("refuses a kubeconfig with %s in one line", async (_name, content, why) => {
    await expect(readKubeAccess(write(content))).rejects.toThrow(why);
  });

  it("refuses to guess outside of a pod", async () => {
    const { KUBERNETES_SERVICE_HOST: before } = process.env;
    delete process.env["KUBERNETES_SERVICE_HOST"];
    try {
      await expect(readKubeAccess(undefined)).rejects.toThrow(/no Kubernetes pod.*--kubeconfig/);
    } finally {
      if (before !== undefined) process.env["KUBERNETES_SERVICE_HOST"] = before;
    }
  });
});
