import type { Clock } from "../clock.ts";
import { Emitter } from "../emitter.ts";
import type { Disposable } from "../event.ts";
import type { EventSource } from "../source/eventSource.ts";
import type { Sources } from "../source/sources.ts";
import { followSources } from "../views/followSources.ts";
import { type HeadInput, type HeadState, nextHeadState, NO_HEAD } from "./headState.ts";
import { type HeadMemory, isHead, MAX_HEADS, type RememberedHead } from "./headMemory.ts";

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
      const { state, node } = source;
      if (state.type !== "connected") this.#step(source, { type: "lost" });
      else if (node !== undefined) {
        this.#step(source, { type: "told", head: isHead(node.head) ? node.head : undefined });
      }
    };
    const { forgotten } = options.memory;
    if (forgotten > 0) this.#tellForgotten(forgotten, "so far");
    this.#follow = followSources(options.sources, { added: changed, changed });
  }

  /** Whether that is so of a source, until it is accepted. */
  differs(source: EventSource): boolean {
    return this.#stateOf(keyOf(source)).differs;
  }

  /** Whether a source tells no head of its history any more, though it has. */
  isUntold(source: EventSource): boolean {
    return this.#stateOf(keyOf(source)).untold;
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
    if (state.untold && !before.untold) {
      this.#options.log(
        `${source.name} tells no head of its history any more: it can't be compared with before`,
      );
    }
    if (input.type === "accepted") this.#warned.delete(key);
    const decided = state.differs !== before.differs;
    if (decided || state.untold !== before.untold) this.#changes.fire(source);
    if (decided || state.remembered !== before.remembered) this.#unstored.add(key);
    if (decided || input.type === "accepted") this.#store();
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
    if (this.#unstored.size === 0) return;
    const values = new Map<string, RememberedHead | undefined>();
    for (const key of this.#unstored) {
      const { remembered: head, differs } = this.#stateOf(key);
      values.set(key, head && { head, differs });
    }
    this.#unstored.clear();
    void this.#options.memory.set(values).then((forgotten) => {
      if (forgotten > 0) this.#tellForgotten(forgotten, "now");
    });
  }

  #tellForgotten(count: number, when: string): void {
    this.#options.log(
      `${when} ${String(count)} tracers' heads were forgotten, since ${String(MAX_HEADS)} are remembered: an older copy of their history is not noticed`,
    );
  }
}

/** One way can lead to several machines, a forwarded socket for one. */
function keyOf({ id, name }: EventSource): string {
  return `${id}\0${name.slice(0, MAX_NAME)}`;
}
