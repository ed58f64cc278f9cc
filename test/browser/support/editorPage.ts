import {
  type Browser,
  chromium,
  type Frame,
  type FrameLocator,
  type Locator,
  type Page,
} from "playwright-core";
import { CHROMIUM, CHROMIUM_FLAGS } from "./chromium.ts";
import type { CodeServer } from "./codeServer.ts";

const WAIT_MS = 60_000;
const START_MS = 60_000;
/** How long one look for a command may take. */
const TRY_MS = 5_000;
/** For lists and menus that change without saying when they are done. */
const SETTLE_MS = 500;

/** The editor in a browser, as its user sees it. */
export class EditorPage {
  readonly page: Page;
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
  }

  /**
   * Opens the editor with its password, and resolves once the extension shows itself. With a `language` its extensions are
   * in that one; the editor's own texts, which a language pack would bring, stay English.
   */
  static async open(
    server: Pick<CodeServer, "address" | "password">,
    language?: string,
  ): Promise<EditorPage> {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: CHROMIUM_FLAGS });
    try {
      const context = await browser.newContext({
        viewport: { width: 1_400, height: 900 },
        permissions: ["clipboard-read", "clipboard-write"],
      });
      const page = await context.newPage();
      if (language !== undefined) await page.addInitScript(`globalThis._VSCODE_NLS_LANGUAGE = "${language}"`);
      page.setDefaultTimeout(WAIT_MS);
      await page.goto(server.address);
      await page.locator("input[name=password]").fill(server.password);
      await page.locator("input[type=submit]").click();
      const editor = new EditorPage(browser, page);
      await editor.#loaded();
      return editor;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#browser.close();
  }

  /**
   * Resolves once the extension, which is connected, has started with the editor, and so have the editor's own. Before,
   * a terminal waits for them and loses what is typed; and where one of them changes its environment, it starts anew.
   */
  async extensionsStarted(): Promise<void> {
    await this.page.locator('.statusbar [id$="processLogging.status"]').waitFor();
  }

  /** The page of the process stream as a frame, for what has to run inside of it. */
  async streamFrame(): Promise<Frame> {
    const element = await this.stream.locator("body").elementHandle();
    const frame = await element.ownerFrame();
    if (frame === null) throw new Error("the process stream is not open");
    return frame;
  }

  /** All notifications that the editor shows now. */
  get notifications(): Locator {
    return this.page.locator(".notifications-toasts .notification-list-item");
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.#loaded();
  }

  /**
   * Runs a command of the palette by its whole title, such as `Process Logging: Open Process Stream`. The palette
   * lists what was enabled when it was opened, and closes with the focus: it is opened anew until it has the command.
   */
  async runCommand(title: string): Promise<void> {
    const entry = this.choices.filter({ has: this.page.getByText(title, { exact: true }) }).first();
    const untilMs = Date.now() + WAIT_MS;
    for (;;) {
      await this.page.keyboard.press("F1");
      try {
        await this.quickInput.fill(`>${title}`, { timeout: TRY_MS });
        // The list changes its order while it fills.
        await entry.click({ timeout: TRY_MS });
        return;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** Runs a command that opens a list, and chooses the row with `text`; again where the list is closed with the focus. */
  async runAndChoose(title: string, text: string): Promise<void> {
    const untilMs = Date.now() + WAIT_MS;
    for (;;) {
      await this.runCommand(title);
      try {
        await this.choices.filter({ hasText: text }).click({ timeout: TRY_MS });
        return;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
        await this.page.keyboard.press("Escape");
      }
    }
  }

  /** Types into the field of an open list, such as that of a filter command. */
  async typeChoice(text: string): Promise<void> {
    await this.quickInput.fill(text);
  }

  /** Accepts what is chosen in the open list or dialog. */
  async accept(): Promise<void> {
    const buttons = this.page.locator(
      ".quick-input-widget .quick-input-action .monaco-button:not(.secondary)",
    );
    await buttons.filter({ hasText: /./ }).click();
  }

  /** Ticks an item of the open list, by the beginning of its text, or takes its tick away. */
  async toggleChoice(label: string): Promise<void> {
    const named = this.page.locator(".label-name", { hasText: new RegExp(`^${label}`) });
    await this.choices.filter({ has: named }).first().click();
  }

  /** Gives a path to the open dialog for files, and closes it by its button. */
  async chooseFile(path: string): Promise<void> {
    // The dialog starts with a folder, whose path takes the place of what was typed before it was listed.
    await this.choices.filter({ hasText: ".." }).first().waitFor();
    do {
      await this.quickInput.fill(path);
      await this.page.waitForTimeout(SETTLE_MS);
    } while ((await this.quickInput.inputValue()) !== path);
    await this.accept();
  }

  /** Opens a recorded log from the palette. */
  async openLogFile(path: string): Promise<void> {
    await this.runCommand("Process Logging: Open Log File…");
    await this.page.locator(".quick-input-title", { hasText: "Open Log File" }).waitFor();
    await this.chooseFile(path);
    await this.stream.getByRole("treegrid").waitFor();
  }

  /** The field of the open list or dialog. */
  get quickInput(): Locator {
    return this.page.locator(".quick-input-widget input[type=text]");
  }

  /** The rows of the open list. */
  get choices(): Locator {
    return this.page.locator(".quick-input-widget .monaco-list-row");
  }

  /** Opens a terminal and waits for its prompt. */
  async openTerminal(): Promise<void> {
    await this.runCommand("Terminal: Create New Terminal");
    await this.page.locator(".terminal-wrapper.active .xterm-rows").getByText(/[$#]/).first().waitFor();
  }

  /** Runs a line in the terminal that was opened last. */
  async runInTerminal(line: string): Promise<void> {
    await this.page.locator(".terminal-wrapper.active .xterm-helper-textarea").focus();
    await this.page.keyboard.insertText(line);
    await this.page.keyboard.press("Enter");
  }

  /** Rows of the terminal that was opened last, where it is drawn as elements. */
  terminalRows(text: string): Locator {
    return this.page.locator(".terminal-wrapper.active .xterm-rows > div", { hasText: text });
  }

  /** Changes the colour theme as a user does. */
  async chooseTheme(name: string): Promise<void> {
    await this.runCommand("Preferences: Color Theme");
    await this.quickInput.fill(name);
    await this.choices
      .filter({ has: this.page.getByText(name, { exact: true }) })
      .first()
      .click();
    await this.quickInput.waitFor({ state: "hidden" });
  }

  async openStream(): Promise<FrameLocator> {
    await this.runCommand("Process Logging: Open Process Stream");
    await this.stream.getByRole("treegrid").waitFor();
    return this.stream;
  }

  /** The page of the process stream. */
  get stream(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready").frameLocator("#active-frame");
  }

  /** Types into the filter box of the process stream. */
  async filterRows(expression: string): Promise<void> {
    await this.stream.getByRole("textbox").first().fill(expression);
  }

  /** Rows of the process stream that hold this text. */
  rows(text: string | RegExp): Locator {
    return this.stream.getByRole("row").filter({ hasText: text });
  }

  /** What the open menu offers. */
  get menuItems(): Locator {
    return this.page.locator(".monaco-menu .action-item .action-label:not(.separator)");
  }

  /** Chooses from the open menu, which takes no click in its first moments. */
  async chooseFromMenu(label: string): Promise<void> {
    const item = this.menuItems.filter({ hasText: label });
    await item.hover();
    await this.page.waitForTimeout(SETTLE_MS);
    await item.click();
  }

  /** An item of the extension's views, by its label. */
  treeItem(label: string): Locator {
    const named = this.page.locator(".label-name").getByText(label, { exact: true });
    return this.page.locator(".sidebar").getByRole("treeitem").filter({ has: named });
  }

  /**
   * Shows the extension's views. A click on their tab while the editor restores them after a reload hides them: they are
   * asked for until they are there.
   */
  async showViews(): Promise<void> {
    const tab = this.page.locator(".activitybar").getByRole("tab", { name: "Process Logging" });
    const nodes = this.page.locator(".sidebar .pane-header", { hasText: "Nodes" });
    const untilMs = Date.now() + WAIT_MS;
    for (;;) {
      if ((await tab.getAttribute("aria-selected")) !== "true") await tab.click();
      try {
        await nodes.waitFor({ timeout: TRY_MS });
        return;
      } catch (error) {
        if (Date.now() > untilMs) throw error;
      }
    }
  }

  async #loaded(): Promise<void> {
    await this.page.locator(".monaco-workbench").waitFor({ timeout: START_MS });
    const tab = this.page.locator(".activitybar").getByRole("tab", { name: "Process Logging" });
    await tab.waitFor({ timeout: START_MS });
  }
}
