import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { READY_LABEL } from "../../extension/cluster/inventory/clusterNode.ts";
import { chromiumObstacle } from "../browser/support/chromium.ts";
import { editorObstacle } from "../browser/support/describeBrowser.ts";
import type { EditorPage } from "../browser/support/editorPage.ts";
import { describeWhere } from "../kernel/support/describeKernel.ts";
import { BrowserEditor } from "./support/browserEditor.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { kubectlOutput, type Manifest } from "./support/kubectl.ts";
import { removeReadyLabel } from "./support/kustomization.ts";
import { tracerImage, workspaceImage } from "./support/testEnvironment.ts";
import { TestNamespace } from "./support/testNamespace.ts";

/** A tracer starts, attaches its programs and is looked at by its kubelet meanwhile. */
const ROLLOUT_MS = 180_000;

describeCluster("the extension against a cluster", () => {
  describeWhere(
    () => chromiumObstacle() ?? editorObstacle(),
    "in code-server",
    () => {
      let own: TestNamespace;
      let browser: BrowserEditor;
      let editor: EditorPage;
      let node = "";

      beforeAll(async () => {
        own = await TestNamespace.create("editor-browser");
        await own.apply(workspace("jessie-main", "jessie", []));
        await own.apply(workspace("amy-docs", "amy", [sidecar("amy")]));
        await own.wait("condition=Ready", "pod/jessie-main", "pod/amy-docs");
        node = await own.output("get", "pod/jessie-main", "--output=jsonpath={.spec.nodeName}");
        browser = await BrowserEditor.open({
          "processLogging.kubeconfig": process.env["KUBECONFIG"],
          "processLogging.image": tracerImage(),
        });
        ({ editor } = browser);
      }, 300_000);

      afterEach(async ({ task }) => {
        if (task.result?.state === "fail") await browser.keepPicture(task.name);
      });

      afterAll(async () => {
        await browser.close();
        await removeReadyLabel();
        await own.close();
      }, 120_000);

      /** Answers the open question of the editor by its button. */
      async function answer(button: string): Promise<void> {
        await editor.page
          .locator(".monaco-dialog-box")
          .getByRole("button", { name: button, exact: true })
          .click();
      }

      it("connects from the kubeconfig and shows users, workspaces and why they are not logged", async () => {
        await editor.showViews();
        await editor.runCommand("Process Logging: Connect to a Cluster…");
        await editor.choices.first().click();
        await editor.treeItem("jessie").waitFor();
        await editor.treeItem("jessie-main").waitFor();
        expect(await editor.treeItem("jessie-main").innerText()).toContain("not logged: no tracer on node");
        expect(await editor.treeItem("amy-docs").innerText()).toContain("sidecar");
      });

      it("shows the log of a stock sidecar in the tree", async () => {
        await editor.openStream();
        await editor.filterRows("from-the-sidecar");
        await editor.rows("from-the-sidecar").first().waitFor();
        expect(await editor.rows("from-the-sidecar").first().innerText()).toContain("amy");
      });

      it("checks a node by a pod that is shown before anything is run, and leaves none", async () => {
        const pods = ["get", "pods", "--all-namespaces", "-l", "app.kubernetes.io/name=check", "-o", "name"];
        await editor.runCommand("Process Logging: Check Node Requirements");
        const unknown = editor.notifications.filter({ hasText: /it is unknown whether (it|they) could log/ });
        await unknown.getByRole("button", { name: "Check There…" }).click();
        await editor.choices.filter({ hasText: node }).waitFor();
        await editor.accept();
        await browser.untilShown("Check Pods", "kind: Pod");
        expect(await browser.shownText()).toContain("image: ");
        expect(await kubectlOutput(pods)).toBe("");
        await answer("Run");
        await browser.untilShown("Checked Nodes", "BTF");
        expect(await browser.shownText()).toContain(node);
        expect(await kubectlOutput(pods)).toBe("");
      });

      it(
        "enables process logging after a preview, and says that all nodes log",
        async () => {
          await editor.runCommand("Process Logging: Enable Workspace Process Logging…");
          await editor.page.locator(".tab", { hasText: "Process Logging Manifests" }).waitFor();
          await answer("Apply");
          const done = editor.notifications.filter({
            hasText: /is enabled: (the only node logs|all \d+ nodes log)/,
          });
          await done.waitFor({ timeout: ROLLOUT_MS });
        },
        ROLLOUT_MS + 60_000,
      );

      it("streams what runs in a workspace", async () => {
        await editor.openStream();
        await editor.filterRows("hello-from-jessie");
        await own.output("exec", "jessie-main", "--", "echo", "hello-from-jessie");
        const row = editor.rows("hello-from-jessie").first();
        await row.waitFor();
        expect(await row.innerText()).toContain("jessie");
      });

      it(
        "continues after the tracer's pod was deleted",
        async () => {
          await kubectlOutput([
            "delete",
            "pod",
            "-n",
            "process-logging",
            "-l",
            "app.kubernetes.io/name=tracer",
          ]);
          await kubectlOutput([
            "rollout",
            "status",
            "-n",
            "process-logging",
            "daemonset/tracer",
            "--timeout=120s",
          ]);
          await editor.filterRows("after-the-restart");
          await own.output("exec", "jessie-main", "--", "echo", "after-the-restart");
          await editor.rows("after-the-restart").first().waitFor();
        },
        ROLLOUT_MS,
      );

      it(
        "says in the view Nodes by its own last line why a tracer can't start",
        async () => {
          const change = {
            op: "add",
            path: "/spec/template/spec/containers/0/args/-",
            value: "--identity=nobody",
          };
          const daemonSet = ["-n", "process-logging", "daemonset/tracer"];
          await kubectlOutput(["patch", ...daemonSet, "--type=json", `--patch=${JSON.stringify([change])}`]);
          await editor.showViews();
          const context = (await kubectlOutput(["config", "current-context"])).trim();
          await editor.treeItem(context).locator(".monaco-tl-twistie").click();
          const item = editor.treeItem(node).filter({ hasText: "tracer is not ready: " });
          await item.filter({ hasText: "nobody" }).waitFor({ timeout: ROLLOUT_MS });
          await kubectlOutput(["rollout", "undo", ...daemonSet]);
          await kubectlOutput(["rollout", "status", ...daemonSet, "--timeout=120s"]);
          await item.waitFor({ state: "detached" });
        },
        ROLLOUT_MS + 60_000,
      );

      it(
        "disables it again, and leaves nothing of it",
        async () => {
          await editor.runCommand("Process Logging: Disable Workspace Process Logging…");
          await answer("Remove");
          const done = editor.notifications.filter({
            hasText: "Process logging is disabled: no tracer is left",
          });
          await done.waitFor({ timeout: ROLLOUT_MS });
          const label = "processlogging.dev/applied-by=editor";
          const kinds =
            "daemonsets,deployments,clusterroles,clusterrolebindings,rolebindings,serviceaccounts";
          expect(await kubectlOutput(["get", kinds, "--all-namespaces", "-l", label, "-o", "name"])).toBe("");
          expect(await kubectlOutput(["get", "nodes", `--selector=${READY_LABEL}`, "--output=name"])).toBe(
            "",
          );
          await editor.treeItem("jessie-main").filter({ hasText: "not logged" }).waitFor();
        },
        ROLLOUT_MS + 60_000,
      );
    },
  );
});

function workspace(name: string, user: string, containers: readonly object[]): Manifest {
  const image = { image: workspaceImage(), imagePullPolicy: "IfNotPresent" };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { "com.coder.username": user, "com.coder.workspace.name": name } },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [
        { name: "dev", ...image, command: ["sleep", "3600"] },
        ...containers.map((each) => ({ ...image, ...each })),
      ],
    },
  };
}

/** What Coder's exectrace prints, from a container of its name. */
function sidecar(username: string): object {
  const line = JSON.stringify({
    ...{ ts: new Date().toISOString(), level: "INFO", msg: "exec" },
    fields: {
      labels: { username },
      cmdline: "echo from-the-sidecar",
      event: {
        ...{ filename: "/bin/echo", argv: ["echo", "from-the-sidecar"], truncated: false },
        ...{ pid: 7, uid: 0, gid: 0, comm: "sh" },
      },
    },
  });
  return { name: "exectrace", command: ["sh", "-c", `echo '${line}'; exec sleep 3600`] };
}
