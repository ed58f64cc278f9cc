import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { CODE_SERVER_FOLDER } from "../../../scripts/codeServer.mjs";
import { endGroup } from "./endGroup.ts";

/** VS Code's server as code-server brings it. */
const SERVER_MAIN = join(
  import.meta.dirname,
  "../../..",
  CODE_SERVER_FOLDER,
  "node_modules/code-server/lib/vscode/out/server-main.js",
);

/** Where the server keeps what it writes. */
export interface EditorServerOptions {
  readonly dataDir: string;
  readonly extensionsDir: string | undefined;
}

/** VS Code's server on a free port of loopback, with the driver that lets a page report the end of a suite. */
export class EditorServer {
  /** Resolves with an exit code when it ends by itself. */
  readonly ended: Promise<number>;
  readonly #child: ChildProcess;
  #output = "";

  constructor({ dataDir, extensionsDir }: EditorServerOptions) {
    const args = [
      SERVER_MAIN,
      ...["--host", "127.0.0.1", "--port", "0", "--without-connection-token"],
      ...["--accept-server-license-terms", "--enable-smoke-test-driver", "--disable-telemetry"],
      ...["--disable-workspace-trust", "--server-data-dir", dataDir],
      ...(extensionsDir === undefined ? [] : ["--extensions-dir", extensionsDir]),
    ];
    // A process group of its own, so that what it starts ends with it.
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("exit", (code) => {
        resolve(code ?? 1);
      });
    });
  }

  /** The port, once it listens; throws with what it said when it ends before. */
  async listening(): Promise<number> {
    const port = await new Promise<number | undefined>((resolve) => {
      const look = (): void => {
        const found = /listening on (\d+)/.exec(this.#output)?.[1];
        if (found !== undefined) resolve(Number(found));
      };
      this.#child.stdout?.on("data", look);
      look();
      void this.ended.then(() => {
        resolve(undefined);
      });
    });
    if (port === undefined) throw new Error(`the editor's server ended: ${this.#output.slice(-2_000)}`);
    return port;
  }

  async stop(): Promise<void> {
    await endGroup(this.#child);
  }
}
