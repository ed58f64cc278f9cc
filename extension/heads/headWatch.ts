import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { Disposable } from "../event.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { Sources } from "../source/sources.ts";
import { followSources } from "../views/followSources.ts";
import { type HeadInput, type HeadState, nextHeadState, NO_HEAD } from "./headState.ts";
import { type HeadMemory, isHead } from "./headMemory.ts";

/** A head moves each second: it is stored so often at most. */
const STORE_MS = 30_000;
const MAX_NAME = 256;

/** What the watch needs of the outside. */
export interface HeadWatchOptions {
  readonly sources: Sources;
  readonly memory: HeadMemory;
  readonly clock: Pick<Clock, "after">;
  readonly log: (message: string) => void;
  /** Called once in a session for a tracer whose history does not go on. */
  readonly warn: (source: EventSource) => void;
}

/** Sees whether the histories of tracers go on from where they were seen last. */
export class HeadWatch {
  readonly #options: HeadWatchOptions;
  readonly #states = new Map<string, HeadState>();
  readonly #warned = new Set<string>();
  readonly #unstored = new Set<string>();
  readonly #changes = new Emitter<EventSource>();
  readonly #follow: Disposable;
  #cancelStore: (() => void) | undefined;
  readonly onDidChange = this.#changes.event;

  constructor(options: HeadWatchOptions) {
    this.#options = options;
    const changed = (source: EventSource): void => {
      if (source.state.type !== "connected") this.#step(source, { type: "lost" });
      else if (isHead(source.node?.head)) this.#step(source, { type: "told", head: source.node.head });
    };
    this.#follow = followSources(options.sources, { added: changed, changed });
  }

  /** Whether that is so of a source, until it is accepted. */
  differs(source: EventSource): boolean {
    return this.#stateOf(keyOf(source)).differs;
  }

  /** From now on the history as it is now counts. */
  accept(source: EventSource): void {
    this.#step(source, { type: "accepted" });
  }

  dispose(): void {
    this.#follow.dispose();
    this.#store();
    this.#changes.dispose();
  }

  #stateOf(key: string): HeadState {
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const stored = this.#options.memory.get(key);
    return stored === undefined ? NO_HEAD : { ...NO_HEAD, remembered: stored.head, differs: stored.differs };
  }

  #step(source: EventSource, input: HeadInput): void {
    if (source.checkHead === undefined) return;
    const key = keyOf(source);
    const before = this.#stateOf(key);
    const state = nextHeadState(before, input);
    this.#states.set(key, state);
    if (state.link === "asking" && before.link !== "asking") this.#ask(source);
    if (state.differs && input.type !== "lost" && !this.#warned.has(key)) {
      this.#warned.add(key);
      this.#options.log(`the history of ${source.name} does not go on from where it was seen before`);
      this.#options.warn(source);
    }
    if (input.type === "accepted") this.#warned.delete(key);
    const decided = state.differs !== before.differs;
    if (decided) this.#changes.fire(source);
    if (decided || state.remembered !== before.remembered) this.#unstored.add(key);
    if (decided) this.#store();
    else if (this.#unstored.size > 0) {
      this.#cancelStore ??= this.#options.clock.after(STORE_MS, () => {
        this.#store();
      });
    }
  }

  #ask(source: EventSource): void {
    const { remembered } = this.#stateOf(keyOf(source));
    if (remembered === undefined) return;
    void source.checkHead?.(remembered).then((answer) => {
      if (answer === undefined) return;
      if (answer === "not_kept" || answer === "unknown") {
        this.#options.log(`whether the history of ${source.name} goes on from before: ${answer}`);
      }
      this.#step(source, { type: "answered", answer });
    });
  }

  #store(): void {
    this.#cancelStore?.();
    this.#cancelStore = undefined;
    for (const key of this.#unstored) {
      const { remembered: head, differs } = this.#stateOf(key);
      void this.#options.memory.set(key, head === undefined ? undefined : { head, differs });
    }
    this.#unstored.clear();
  }
}

/** One way can lead to several machines, a forwarded socket for one. */
function keyOf({ id, name }: EventSource): string {
  return `${id}\0${name.slice(0, MAX_NAME)}`;
}
