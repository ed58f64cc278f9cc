import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";

import { VIEWER_ACCOUNT } from "../../extension/cluster/tracers/viewerToken.ts";
import { chromiumObstacle } from "../browser/support/chromium.ts";
import { editorObstacle } from "../browser/support/describeBrowser.ts";
import type { EditorPage } from "../browser/support/editorPage.ts";
import { describeWhere } from "../kernel/support/describeKernel.ts";
import { BrowserEditor } from "./support/browserEditor.ts";
import { describeCluster } from "./support/describeCluster.ts";
import { FaultyApiServer } from "./support/faultyApiServer.ts";
import { kubectlOutput } from "./support/kubectl.ts";
import { Kustomization } from "./support/kustomization.ts";
import { createToken } from "./support/serviceAccountAccess.ts";
import { signedToken, signingKeyFile } from "./support/signedToken.ts";
import { TestNamespace } from "./support/testNamespace.ts";
import { coderLabels, pod } from "./support/workspacePods.ts";

const OURS = "--namespace=process-logging";
/** For how long a token of these tests lasts: less than any that the API server gives. */
const TOKEN_SECONDS = 20;
/** One after the other, a stream is open for longer than any of them. */
const TOKENS = 3;
const SAY_MS = 2_000;

describeCluster("the extension with a kubeconfig of few rights", () => {
  describeWhere(
    () => chromiumObstacle() ?? editorObstacle(),
    "in code-server",
    () => {
      const base = new Kustomization("");
      const directory = mkdtempSync(join(tmpdir(), "editor-reader-"));
      let api: FaultyApiServer;
      /** With workspaces that the user may list: readers may see the first, and nobody has let them see the second. */
      let own: TestNamespace;
      let hidden: TestNamespace;
      /** The user may not even list its pods. */
      let denied: TestNamespace;
      let browser: BrowserEditor;
      let editor: EditorPage;
      let tokens = 0;

      beforeAll(async () => {
        await base.apply();
        await kubectlOutput(["rollout", "status", "daemonset/tracer", OURS, "--timeout=180s"]);
        own = await TestNamespace.create("reader-own");
        hidden = await TestNamespace.create("reader-hidden");
        denied = await TestNamespace.create("reader-denied");
        for (const [namespace, user] of [
          [own, "jessie"],
          [hidden, "amy"],
          [denied, "zoe"],
        ] as const) {
          await namespace.apply(pod("main", "exec sleep infinity", { labels: coderLabels(user) }));
          await namespace.wait("condition=Ready", "pod/main");
        }
        await own.output("create", "serviceaccount", "few");
        const few = `--serviceaccount=${own.name}:few`;
        for (const namespace of [own, hidden])
          await namespace.output("create", "rolebinding", "few", "--clusterrole=view", few);
        const viewer = ["rolebinding", own.name, OURS, "--role=process-logging-viewer", few];
        await kubectlOutput(["create", ...viewer]);
        await own.output(
          ...["create", "rolebinding", "readers", "--clusterrole=process-logging-reader"],
          `--serviceaccount=process-logging:${VIEWER_ACCOUNT}`,
        );
        api = await FaultyApiServer.start(directory);
        if (signingKeyFile() !== undefined) await giveShortTokens();
        const kubeconfig = join(directory, "kubeconfig");
        const token = await createToken(own.name, "few", undefined, 3_600);
        const config = {
          ...{ apiVersion: "v1", kind: "Config", "current-context": "few" },
          contexts: [{ name: "few", context: { cluster: "few", user: "few" } }],
          clusters: [{ name: "few", cluster: { server: api.url, "certificate-authority": "ca.crt" } }],
          users: [{ name: "few", user: { token } }],
        };
        writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
        browser = await BrowserEditor.open({
          "processLogging.kubeconfig": kubeconfig,
          "processLogging.namespaces": [own.name, hidden.name, denied.name],
          "processLogging.foldRepeats": false,
        });
        ({ editor } = browser);
        await editor.showViews();
        await editor.runCommand("Process Logging: Connect to a Cluster…");
        await editor.choices.first().click();
      }, 400_000);

      /** Has the API server give tokens for tracers that end soon. */
      async function giveShortTokens(): Promise<void> {
        const like = await createToken("process-logging", VIEWER_ACCOUNT, "processlogging.dev");
        api.answer = (path) => {
          if (!path.endsWith(`/serviceaccounts/${VIEWER_ACCOUNT}/token`)) return undefined;
          tokens++;
          const exp = Math.floor(Date.now() / 1_000) + TOKEN_SECONDS;
          const expirationTimestamp = new Date(exp * 1_000).toISOString();
          const body = JSON.stringify({ status: { token: signedToken(like, exp), expirationTimestamp } });
          return { status: 201, headers: { "content-type": "application/json" }, body };
        };
      }

      afterEach(async ({ task }) => {
        if (task.result?.state === "fail") await browser.keepPicture(task.name);
      });

      afterAll(async () => {
        await browser.close();
        await api.close();
        await kubectlOutput(["delete", "rolebinding", own.name, OURS, "--ignore-not-found"]);
        await Promise.all([own.close(), hidden.close(), denied.close()]);
        await base.close();
        rmSync(directory, { recursive: true, force: true });
      }, 200_000);

      it("shows the workspaces that it may list, and says which right is missing for the others", async () => {
        await editor.treeItem("jessie").waitFor();
        await editor.treeItem("amy").waitFor();
        expect(await editor.treeItem("zoe").count()).toBe(0);
        await editor.runCommand("Process Logging: Show Missing Rights");
        await browser.untilShown("Missing Rights", denied.name);
        const text = await browser.shownText();
        expect(text).toContain(`--namespace ${denied.name} --verb=list,watch --resource=pods`);
        expect(text).not.toContain(`--namespace ${own.name} --verb=list,watch --resource=pods`);
      });

      it("warns of a namespace of which tracers show it nothing, and shows nothing of it", async () => {
        const warning = `shows you nothing of namespace ${hidden.name}`;
        await editor.treeItem("main").filter({ hasText: warning }).waitFor();
        expect(await editor.treeItem("main").filter({ hasText: warning }).count()).toBe(1);
        await editor.openStream();
        await editor.filterRows("said-in-");
        await hidden.output("exec", "main", "--", "true", "said-in-hidden");
        await denied.output("exec", "main", "--", "true", "said-in-denied");
        await own.output("exec", "main", "--", "true", "said-in-own");
        await editor.rows("said-in-own").first().waitFor();
        expect(await editor.rows("said-in-").allInnerTexts()).toEqual([
          expect.stringContaining("said-in-own"),
        ]);
      });

      it.runIf(signingKeyFile() !== undefined)(
        "reads on while its tokens end: each program is there, once, and it is never disconnected",
        async () => {
          await editor.filterRows("renewal-");
          const last = tokens + TOKENS;
          const said: string[] = [];
          while (tokens < last) {
            const word = `renewal-${String(said.length)}`;
            await own.output("exec", "main", "--", "true", word);
            said.push(word);
            await setTimeout(SAY_MS);
          }
          await editor
            .rows(said.at(-1) ?? "")
            .first()
            .waitFor();
          const texts = await editor.rows("renewal-").allInnerTexts();
          expect(texts.map((text) => /renewal-\d+/.exec(text)?.[0])).toEqual(said);
          await editor.runCommand("Process Logging: Show Log");
          await editor.page.locator(".view-lines").filter({ hasText: "connected to" }).first().waitFor();
          const log = await browser.shownText();
          expect(log.match(/connected to/g)).toHaveLength(1);
          expect(log).not.toContain("no connection");
          expect(log).not.toContain("no new connection");
        },
        300_000,
      );
    },
  );
});
