import { setTimeout } from "node:timers/promises";
import { CodeServer, type CodeServerOptions } from "./codeServer.ts";
import { HOST_START, stepHost, type HostAction, type HostEvent, type HostState } from "./hostState.ts";
import type { Tracer } from "./tracer.ts";
import type { WorkspaceCgroup } from "./workspaceCgroup.ts";

/** How long each is given to end by itself before it is ended. */
const EDITOR_GRACE_MS = 3000;
const TRACER_GRACE_MS = 10_000;

/** What one run consists of. */
export interface HostParts {
  readonly startTracer: () => Tracer;
  readonly editor: CodeServerOptions;
  /** Undefined where this machine lets no cgroup be made. */
  readonly cgroup: WorkspaceCgroup | undefined;
  /** What happens to the user. */
  readonly say: (line: string) => void;
  /** Address and password. */
  readonly announce: (lines: readonly string[]) => void;
  readonly nowMs: () => number;
}

/** Runs the tracer and the editor of one host until both have ended. The state machine decides; this does. */
export class Host {
  readonly #parts: HostParts;
  readonly #editor: CodeServer;
  readonly #finished = Promise.withResolvers<undefined>();
  #tracer: Tracer | undefined;
  #installed: Promise<void> | undefined;
  #state: HostState = HOST_START;

  constructor(parts: HostParts) {
    this.#parts = parts;
    this.#editor = new CodeServer(parts.editor);
  }

  /** Resolves with the exit status once nothing of it runs any more. */
  async run(): Promise<number> {
    this.#installed = this.#editor.install();
    // It is awaited when the editor starts.
    this.#installed.catch(() => undefined);
    void this.#runTracer();
    await this.#finished.promise;
    return this.#state.ending?.status ?? 0;
  }

  /** Ctrl-C, or what means the same; `by` says what it is. */
  interrupt(by: string): void {
    this.#step({ type: "interrupted", by, nowMs: this.#parts.nowMs() });
  }

  async #runTracer(): Promise<void> {
    this.#tracer = this.#parts.startTracer();
    const start = await this.#tracer.started();
    if (start.type === "unable") {
      this.#step({ type: "tracerUnable", why: start.why });
    } else if (start.type === "failed") {
      this.#step({ type: "failed", why: start.why, nowMs: this.#parts.nowMs() });
    } else {
      this.#step({ type: "tracerReady" });
      const how = await this.#tracer.child.ended;
      this.#step({ type: "tracerEnded", how, nowMs: this.#parts.nowMs() });
    }
  }

  async #runEditor(): Promise<void> {
    try {
      await this.#installed;
      if (this.#isEnding()) return;
      if (await this.#editor.start(this.#parts.cgroup?.enter ?? [])) this.#step({ type: "editorReady" });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#step({ type: "failed", why, nowMs: this.#parts.nowMs() });
      return;
    }
    const how = await this.#editor.child?.ended;
    if (!this.#isEnding()) {
      for (const line of this.#editor.lastLines) this.#parts.say(`code-server: ${line}`);
    }
    this.#step({ type: "editorEnded", how: how ?? "", nowMs: this.#parts.nowMs() });
  }

  #isEnding(): boolean {
    return this.#state.ending !== undefined;
  }

  #step(event: HostEvent): void {
    const { state, actions } = stepHost(this.#state, event);
    this.#state = state;
    for (const action of actions) this.#do(action);
  }

  #do(action: HostAction): void {
    switch (action.type) {
      case "startEditor":
        void this.#runEditor();
        break;
      case "announce":
        this.#parts.announce([
          `Open http://127.0.0.1:${String(this.#parts.editor.port)}`,
          `Password: ${this.#editor.password}`,
        ]);
        if (action.tracing) this.#tellWorkspace();
        this.#parts.say("Ctrl-C ends it.");
        break;
      case "say":
        this.#parts.say(action.text);
        break;
      case "stop":
        void this.#stop();
        break;
      case "kill":
        this.#kill();
        break;
    }
  }

  #tellWorkspace(): void {
    const { cgroup, say } = this.#parts;
    if (cgroup === undefined)
      say("No cgroup could be made, so what runs in the editor's terminal is not logged.");
    else say(`What runs in its terminal is logged as the workspace ${cgroup.path}.`);
  }

  /** The tracer ends last, so that the end of everything else is in its log. */
  async #stop(): Promise<void> {
    try {
      await this.#stopEditor();
      await this.#stopTracer();
    } catch (error) {
      this.#parts.say(error instanceof Error ? error.message : String(error));
      this.#tracer?.child.signal("SIGKILL");
    }
    this.#finished.resolve(undefined);
  }

  async #stopEditor(): Promise<void> {
    await this.#editor.end(EDITOR_GRACE_MS);
    await this.#parts.cgroup?.remove();
  }

  async #stopTracer(): Promise<void> {
    const child = this.#tracer?.child;
    if (child === undefined) return;
    child.signal("SIGTERM");
    const grace = setTimeout(TRACER_GRACE_MS, undefined, { ref: false });
    await Promise.race([child.ended, grace]);
    child.signal("SIGKILL");
    await child.ended;
  }

  #kill(): void {
    this.#editor.signal("SIGKILL");
    this.#tracer?.child.signal("SIGKILL");
  }
}
