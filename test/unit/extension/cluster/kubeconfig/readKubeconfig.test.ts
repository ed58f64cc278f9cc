import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readKubeconfig } from "../../../../../extension/cluster/kubeconfig/readKubeconfig.ts";

describe("readKubeconfig", () => {
  let folder = "";
  let path = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
    path = join(folder, "config");
    const credential = JSON.stringify({ kind: "ExecCredential", status: { token: "from-plugin" } });
    writeFileSync(
      path,
      JSON.stringify({
        "current-context": "prod",
        clusters: [
          { name: "c1", cluster: { server: "https://one.example:6443" } },
          { name: "c2", cluster: { server: "https://two.example", "insecure-skip-tls-verify": true } },
        ],
        users: [
          { name: "amy", user: { token: "secret" } },
          {
            name: "sso",
            user: { exec: { command: "/bin/sh", args: ["-c", `touch ${folder}/ran; echo '${credential}'`] } },
          },
        ],
        contexts: [
          { name: "test", context: { cluster: "c2", user: "sso", namespace: "team-a" } },
          { name: "prod", context: { cluster: "c1", user: "amy" } },
          { name: "broken", context: { cluster: "nowhere", user: "amy" } },
        ],
      }),
    );
  });

  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("lists contexts that are whole, and which programs they run, without running any", () => {
    const { all, current } = readKubeconfig(path);
    expect(current).toBe("prod");
    expect(all).toEqual([
      {
        name: "test",
        cluster: "c2",
        server: "https://two.example",
        user: "sso",
        namespace: "team-a",
        plugin: "/bin/sh",
      },
      {
        name: "prod",
        cluster: "c1",
        server: "https://one.example:6443",
        user: "amy",
        namespace: undefined,
        plugin: undefined,
      },
    ]);
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });

  it("gives a request what the chosen context says", async () => {
    const contexts = readKubeconfig(path);
    const access = contexts.open("prod");
    expect(access.server).toBe("https://one.example:6443");
    expect((await access.options()).headers).toMatchObject({ Authorization: "Bearer secret" });
    expect(existsSync(join(folder, "ran"))).toBe(false);
  });

  it("runs the program of a context once it was chosen", async () => {
    const options = await readKubeconfig(path).open("test").options();
    expect(options.headers).toMatchObject({ Authorization: "Bearer from-plugin" });
    expect(existsSync(join(folder, "ran"))).toBe(true);
  });

  it.each([
    ["no file", () => join(folder, "none"), "could not read the kubeconfig"],
    ["no YAML", () => join(folder, "bad"), "could not read the kubeconfig"],
    ["no contexts", () => join(folder, "empty"), "has no context"],
  ])("says in one line what is wrong: %s", (_, file, why) => {
    writeFileSync(join(folder, "bad"), "{{{");
    writeFileSync(join(folder, "empty"), "{}");
    expect(() => readKubeconfig(file())).toThrow(why);
  });

  it("refuses a context that is not there", () => {
    expect(() => readKubeconfig(path).open("nope")).toThrow('the kubeconfig has no context "nope"');
  });
});
