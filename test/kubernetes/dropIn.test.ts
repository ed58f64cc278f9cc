import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

import { withArgument } from "../service/support/logLine.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { deployedManifests } from "./support/deployedManifests.ts";
import { TestNamespace } from "./support/testNamespace.ts";

const POD = "coder-jessie-main";
const workspace = readFileSync(join(import.meta.dirname, "../../deploy/coder/workspace.yaml"), "utf8");

describeCluster("the drop-in in a Coder template's pod", () => {
  let namespace: TestNamespace;

  beforeAll(async () => {
    namespace = await TestNamespace.create("drop-in");
    await namespace.apply(...deployedManifests(workspace));
    await namespace.wait("condition=Ready", `pod/${POD}`);
  });
  afterAll(async () => {
    await namespace.close();
  });

  it("logs what the workspace runs once it has named its PID namespace, under the template's labels", async () => {
    const [line] = await namespace.logged(POD, "uname", ({ fields }) => fields.cmdline === "uname -a");
    expect(line).toMatchObject({
      level: "INFO",
      msg: "exec",
      fields: {
        labels: {
          workspace_id: "5f3a",
          workspace_name: "main",
          user_id: "8c1d",
          username: "jessie",
          user_email: "jessie@example.com",
        },
        event: {
          filename: "/bin/uname",
          argv: ["uname", "-a"],
          truncated: false,
          uid: 0,
          gid: 0,
          comm: "sh",
        },
      },
    });
  });

  it("logs kubectl exec into the workspace, and not into the sidecar", async () => {
    await namespace.output("exec", POD, "--container=dev", "--", "true", "into-workspace");
    const into = await namespace.kubectl("exec", POD, "--container=exectrace", "--", "env", "into-sidecar");
    expect(into.stderr).toContain("into-sidecar"); // env says that there is no such program
    await namespace.output("exec", POD, "--container=dev", "--", "true", "last");
    await namespace.logged(POD, "the last exec", ({ fields }) => fields.cmdline === "true last");
    const log = await namespace.log(POD);
    expect(withArgument(log, "into-workspace")).toHaveLength(1);
    expect(withArgument(log, "into-sidecar")).toEqual([]);
  });
});
