import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "vitest";
import { EditorHost, type EditorHostOptions } from "./editorHost.ts";

const SCREENSHOTS = join(import.meta.dirname, "../../../dist/test/browser");

/**
 * Gives the tests around it one editor, which ends after them; the function that it returns is for use inside of tests.
 * What the editor looked like when one of them failed is kept as a picture.
 */
export function useEditorHost(options: EditorHostOptions): () => EditorHost {
  let host: EditorHost | undefined;
  beforeAll(async () => {
    host = await EditorHost.start(options);
  });
  afterEach(async ({ task }) => {
    if (task.result?.state !== "fail") return;
    const name = task.name.replaceAll(/\W+/g, "-");
    await host?.editor.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  });
  afterAll(async () => {
    await host?.close();
  });
  return () => {
    if (host === undefined) throw new Error("the editor could not be started");
    return host;
  };
}
