import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { Caller } from "./caller.ts";
import { type Child, startChild } from "./child.ts";
import { statusOf } from "./localHttp.ts";

const LOOK_MS = 100;
const KEPT_LINES = 40;

/** How the editor is to run. */
export interface CodeServerOptions {
  /** Node 24 and code-server's program. */
  readonly command: readonly [string, string];
  readonly vsix: string;
  /** A folder that exists, for all that it writes: the caller's by the time it starts. */
  readonly directory: string;
  readonly port: number;
  readonly folder: string | undefined;
  readonly caller: Caller;
  /** Runs as root, so that code-server has to become the caller. */
  readonly dropPrivileges: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** Where the tracer listens, when not where the extension looks by itself. */
  readonly socketPath: string | undefined;
}

/** One code-server with the extension, on its own settings and with its own password. */
export class CodeServer {
  readonly password = randomBytes(18).toString("base64url");
  readonly #options: CodeServerOptions;
  readonly #children: Child[] = [];
  #child: Child | undefined;
  #said: string[] = [];

  constructor(options: CodeServerOptions) {
    this.#options = options;
    for (const [path, content] of Object.entries(settingsFiles(options.socketPath))) {
      const file = join(options.directory, "data", path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, `${JSON.stringify(content, undefined, 2)}\n`);
    }
  }

  get child(): Child | undefined {
    return this.#child;
  }

  /** What it said last, for when it ends. */
  get lastLines(): readonly string[] {
    return this.#said;
  }

  /** Installs the extension. Throws one line when that fails. */
  async install(): Promise<void> {
    const { vsix } = this.#options;
    const child = this.#start([], ["--install-extension", vsix], {});
    const how = await child.ended;
    if (how !== "exit status 0") {
      throw new Error(
        `code-server could not install the extension (${how}): ${this.#said.slice(-3).join(" ")}`,
      );
    }
  }

  /**
   * Starts it; `enter` are words that put what follows into the workspace. Resolves when it answers, and with false
   * when it has ended before.
   */
  async start(enter: readonly string[]): Promise<boolean> {
    const { port, folder } = this.#options;
    const listen = ["--bind-addr", `127.0.0.1:${String(port)}`, "--auth", "password"];
    const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-getting-started-override"];
    const opened = folder === undefined ? [] : [folder];
    const child = this.#start(enter, [...listen, ...quiet, ...opened], { PASSWORD: this.password });
    this.#child = child;
    while (child.running) {
      if ((await statusOf({ port, path: "/healthz" })) === 200) return true;
      await Promise.race([setTimeout(LOOK_MS), child.ended]);
    }
    return false;
  }

  /** To all of it that its own process group holds. */
  signal(signal: NodeJS.Signals): void {
    for (const child of this.#children) child.signal(signal);
  }

  /** Ends it, gently for so long. */
  async end(graceMs: number): Promise<void> {
    this.signal("SIGTERM");
    const ended = Promise.all(this.#children.map((child) => child.ended));
    await Promise.race([ended, setTimeout(graceMs, undefined, { ref: false })]);
    this.signal("SIGKILL");
    await ended;
  }

  #start(enter: readonly string[], args: readonly string[], env: Readonly<Record<string, string>>): Child {
    const { command, directory, dropPrivileges, caller } = this.#options;
    const files = [
      ...["--config", join(directory, "config.yaml")],
      ...["--user-data-dir", join(directory, "data")],
      ...["--extensions-dir", join(directory, "extensions")],
    ];
    // It ends with us, however we end.
    const become = ["setpriv", "--pdeathsig", "TERM", ...(dropPrivileges ? identityFlags(caller) : []), "--"];
    const child = startChild([...enter, ...become, ...command, ...files, ...args], {
      env: { ...this.#options.env, ...env },
      cwd: directory,
      line: (line) => {
        this.#said = [...this.#said, line].slice(-KEPT_LINES);
      },
    });
    this.#children.push(child);
    return child;
  }
}

/** Flags of setpriv(1) that make the caller of root. */
export function identityFlags({ uid, gid, known }: Caller): readonly string[] {
  return [`--reuid=${String(uid)}`, `--regid=${String(gid)}`, known ? "--init-groups" : "--clear-groups"];
}

/** Nothing beside the editor, its terminal and the extension; below the folder of code-server's data. */
function settingsFiles(socketPath: string | undefined): Readonly<Record<string, object>> {
  return {
    "User/settings.json": {
      "workbench.startupEditor": "none",
      "workbench.secondarySideBar.defaultVisibility": "hidden",
      "chat.disableAIFeatures": true,
      "telemetry.telemetryLevel": "off",
      "extensions.ignoreRecommendations": true,
    },
    "Machine/settings.json": socketPath === undefined ? {} : { "processLogging.socket": socketPath },
  };
}
