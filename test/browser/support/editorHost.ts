import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { TracedHost } from "../../service/support/tracedHost.ts";
import type { TracerService, TracerServiceOptions } from "../../service/support/tracerService.ts";
import { CodeServer, LANGUAGE } from "./codeServer.ts";
import { type EarlierProgram, writeEarlierHistory } from "./earlierHistory.ts";
import { EditorPage } from "./editorPage.ts";
import { SocketProxy } from "./socketProxy.ts";
import { packVirtualFolder } from "./virtualFolder.ts";
import { type Texts } from "../../../protocol/text/translate.ts";

const USERNAME = "jessie";
const WORKSPACE_NAME = "main";

export interface EditorHostOptions {
  readonly tracer: boolean;
  /** What an earlier service of this host has kept; without it there is no history. */
  readonly earlier?: readonly EarlierProgram[];
  /** Whether the editor trusts the folder that it opens; without it, it does. */
  readonly trusts?: boolean;
  /** Whether it can open the virtual folder `VIRTUAL_FOLDER`. */
  readonly virtual?: boolean;
  /** The extension's texts in the editor's display language; without them it is English. */
  readonly texts?: Texts;
}

/** A workspace with an editor in it on a host of the test's own, which traces it where the test says so. */
export class EditorHost {
  /** The user and the workspace that the editor runs in. */
  readonly username = USERNAME;
  readonly workspaceName = WORKSPACE_NAME;
  readonly traced: TracedHost;
  readonly server: CodeServer;
  readonly editor: EditorPage;
  /** Between the editor and the tracer. */
  readonly connection: SocketProxy;
  #tracer: TracerService | undefined;
  #historyFlags: readonly string[] = [];

  private constructor(traced: TracedHost, connection: SocketProxy, server: CodeServer, editor: EditorPage) {
    this.traced = traced;
    this.connection = connection;
    this.server = server;
    this.editor = editor;
  }

  /** Starts the editor, and the tracer if it is wanted, and resolves once the extension shows itself. */
  static async start({
    tracer,
    earlier,
    trusts = true,
    virtual = false,
    texts,
  }: EditorHostOptions): Promise<EditorHost> {
    const traced = new TracedHost();
    try {
      const folder = join(traced.directory, "folder");
      const socket = join(traced.directory, "editor.sock");
      mkdirSync(folder);
      const server = await CodeServer.start({
        cgroup: traced.workspace(USERNAME, WORKSPACE_NAME),
        directory: join(traced.directory, "code-server"),
        settings: { "processLogging.socket": socket },
        folder,
        trusts,
        extensions: virtual ? [await packVirtualFolder(traced.directory)] : [],
        texts,
      });
      const editor = await EditorPage.open(server, texts === undefined ? undefined : LANGUAGE);
      const connection = new SocketProxy(socket, socketOf(traced));
      const host = new EditorHost(traced, connection, server, editor);
      if (earlier !== undefined) host.#keepHistory(earlier);
      if (tracer) await host.startTracer();
      return host;
    } catch (error) {
      await traced.close();
      throw error;
    }
  }

  /** Starts a tracer where the editor looks for one. */
  async startTracer(options?: TracerServiceOptions): Promise<void> {
    const flags = ["--listen", `unix:${socketOf(this.traced)}`, ...this.#historyFlags];
    this.#tracer = await this.traced.trace(flags, options);
    await this.connection.restore();
  }

  /** Ends the tracer as a service manager does. */
  async stopTracer(): Promise<void> {
    await this.#tracer?.stop();
  }

  /** The tracer answers nobody until the result is called. */
  readonly pauseTracer = (): (() => void) => {
    this.#tracer?.signal("SIGSTOP");
    return () => this.#tracer?.signal("SIGCONT");
  };

  /** Runs a program to its end in a workspace of its own or another one's. */
  async run(
    argv: readonly string[],
    username: string = USERNAME,
    workspaceName: string = WORKSPACE_NAME,
  ): Promise<void> {
    await this.traced.workspace(username, workspaceName).run(argv);
  }

  #keepHistory(earlier: readonly EarlierProgram[]): void {
    const directory = join(this.traced.directory, "state");
    mkdirSync(directory, { mode: 0o700 });
    writeEarlierHistory(directory, earlier);
    this.#historyFlags = ["--state-dir", directory];
  }

  async close(): Promise<void> {
    await this.editor.close();
    this.server.stop();
    this.connection.cut();
    await this.traced.close();
  }
}

function socketOf(traced: TracedHost): string {
  return join(traced.directory, "tracer.sock");
}
