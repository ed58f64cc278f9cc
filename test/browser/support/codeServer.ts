import { execFileSync, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { CODE_SERVER_ENTRY } from "../../../scripts/codeServer.mjs";
import type { TestCgroup } from "../../kernel/support/testCgroup.ts";
import { until } from "../../service/support/until.ts";
import { PACKED_EXTENSION } from "./packedExtension.ts";
import { type Texts } from "../../../protocol/text/translate.ts";

const ROOT = join(import.meta.dirname, "../../..");
const ENTRY = join(ROOT, CODE_SERVER_ENTRY);

/** The editor at rest: no pages, hints or views that come up by themselves, and a terminal whose text can be read. */
const USER_SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "terminal.integrated.gpuAcceleration": "off",
  "terminal.integrated.initialHint": false,
  "extensions.ignoreRecommendations": true,
  "security.workspace.trust.startupPrompt": "never",
};

/** The display language of an editor whose extension is translated. */
export const LANGUAGE = "de";

/** How to start it. */
export interface CodeServerOptions {
  /** The workspace that it runs in, with all that is run in its terminals. Whoever made it ends what is left there. */
  readonly cgroup: TestCgroup;
  /** Keeps all that it writes. */
  readonly directory: string;
  /** The machine's settings. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The folder that it opens. */
  readonly folder: string;
  /** Whether the editor trusts all folders, or none. */
  readonly trusts: boolean;
  /** Packed extensions besides ours. */
  readonly extensions?: readonly string[];
  /** What our extension is translated by, into the language `LANGUAGE`. */
  readonly texts?: Texts | undefined;
}

/** A code-server on a free port of loopback, with the packed extension, in a workspace of the test's. */
export class CodeServer {
  readonly password = randomBytes(16).toString("hex");
  readonly #child: ChildProcess;
  #output = "";
  #running = true;

  private constructor(options: CodeServerOptions) {
    const { cgroup, directory, settings, folder, trusts, extensions = [], texts } = options;
    const flags = [
      "--user-data-dir",
      join(directory, "data"),
      "--extensions-dir",
      join(directory, "extensions"),
    ];
    const packed = [PACKED_EXTENSION, ...extensions].flatMap((file) => ["--install-extension", file]);
    execFileSync(process.execPath, [ENTRY, ...flags, ...packed], {
      stdio: ["ignore", "ignore", "pipe"],
      env: environment(directory),
    });
    if (texts !== undefined) writeTexts(join(directory, "extensions"), texts);
    writeSettings(join(directory, "data/Machine"), settings);
    writeSettings(join(directory, "data/User"), USER_SETTINGS);
    const args = [
      ...["--bind-addr", "127.0.0.1:0", "--auth", "password", "--config", join(directory, "config.yaml")],
      ...["--disable-telemetry", "--disable-update-check", ...flags],
      ...(trusts ? ["--disable-workspace-trust", folder] : [folder]),
    ];
    this.#child = cgroup.start([process.execPath, ENTRY, ...args], {
      env: { ...environment(directory), PASSWORD: this.password },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    }
    this.#child.once("exit", () => (this.#running = false));
  }

  /** Resolves once it listens. */
  static async start(options: CodeServerOptions): Promise<CodeServer> {
    const server = new CodeServer(options);
    await until(
      "code-server listens",
      () => server.#port !== undefined || !server.#running,
      () => server.#output.slice(-2_000),
    );
    return server;
  }

  get address(): string {
    if (this.#port === undefined) throw new Error(`code-server ended: ${this.#output.slice(-2_000)}`);
    return `http://127.0.0.1:${this.#port}/`;
  }

  get #port(): string | undefined {
    return /server listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(this.#output)?.[1];
  }

  stop(): void {
    if (this.#running) this.#child.kill("SIGTERM");
  }
}

function writeSettings(folder: string, settings: Readonly<Record<string, unknown>>): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
}

/** Puts a translation beside the texts of the installed extension, as a translator does. */
function writeTexts(extensions: string, texts: Texts): void {
  const name = readdirSync(extensions).find((each) => each.startsWith("workspace-process-logging."));
  writeFileSync(join(extensions, name ?? "", `l10n/bundle.l10n.${LANGUAGE}.json`), JSON.stringify(texts));
}

/** Of its own: what this machine's user has set up must not change a test, nor a test that. */
function environment(directory: string): NodeJS.ProcessEnv {
  const { PATH, LANG } = process.env;
  return {
    HOME: directory,
    PATH: [dirname(process.execPath), PATH].join(delimiter),
    LANG: LANG ?? "C.UTF-8",
    SHELL: "/bin/bash",
  };
}
