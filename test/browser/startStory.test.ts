import type { Locator } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeBrowser } from "./support/describeBrowser.ts";
import { EditorPage } from "./support/editorPage.ts";
import { StartedHost } from "./support/startedHost.ts";

/** A machine that runs other tests beside these takes its time. */
const WAIT_MS = 60_000;

/** The one row of the stream that holds this text: the editor's own programs would push it out of sight. */
async function findRow(editor: EditorPage, text: string): Promise<Locator> {
  // Its first word only: a word with a dash before it would exclude rows.
  const [word = text] = text.split(" ");
  await editor.stream.locator("input[placeholder^=Filter]").fill(word);
  const row = editor.rows(text).first();
  await row.waitFor({ timeout: WAIT_MS });
  return row;
}

/** The terminal draws on a canvas here, as it does for users: that its shell runs is seen in the stream. */
async function typeInTerminal(editor: EditorPage, line: string): Promise<void> {
  await editor.extensionsStarted();
  await editor.openStream();
  await editor.runCommand("Terminal: Create New Terminal");
  const shell = await findRow(editor, "shellIntegration-bash");
  expect(await shell.getAttribute("class")).toContain("running");
  await editor.runInTerminal(line);
}

describeBrowser("the first minute after npm start", () => {
  let first: StartedHost;
  let editor: EditorPage;

  beforeAll(async () => {
    first = new StartedHost(["--port", "8481"]);
    await first.ready();
    editor = await EditorPage.open(first);
  });

  afterAll(async () => {
    await editor.close();
    await first.close();
  });

  it("shows what is typed in the terminal, under its user and its workspace", async () => {
    await typeInTerminal(editor, "uname -a");
    const text = await (await findRow(editor, "uname -a")).innerText();
    expect(text).toContain("root");
    expect(text).toContain("main");
  });

  it("does the same for a second one on this host, which has a socket of its own", async () => {
    const second = new StartedHost(["--port", "8482"]);
    let other: EditorPage | undefined;
    try {
      await second.ready();
      other = await EditorPage.open(second);
      await typeInTerminal(other, "uname -m");
      expect(await (await findRow(other, "uname -m")).innerText()).toMatch(/main-\d/);
    } finally {
      await other?.close();
      await second.close();
    }
  });
});
