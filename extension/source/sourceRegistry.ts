import { Emitter } from "../emitter.ts";
import type { EventSource } from "./eventSource.ts";
import type { Sources } from "./sources.ts";

/** The sources that are open now, in the order in which they were added. */
export class SourceRegistry implements Sources {
  readonly #sources = new Map<string, EventSource>();
  readonly #emitter = new Emitter<void>();
  readonly onDidChange = this.#emitter.event;
  #all: readonly EventSource[] = [];

  get all(): readonly EventSource[] {
    return this.#all;
  }

  add(source: EventSource): void {
    const replaced = this.#sources.get(source.id);
    if (replaced === source) return;
    this.#sources.set(source.id, source);
    this.#changed();
    // Only now, so that who reads its state is no longer told of the old one.
    replaced?.dispose();
  }

  remove(id: string): void {
    const source = this.#sources.get(id);
    if (source === undefined) return;
    this.#sources.delete(id);
    this.#changed();
    source.dispose();
  }

  /** Disposes of all sources. */
  dispose(): void {
    const sources = this.#all;
    this.#sources.clear();
    this.#all = [];
    this.#emitter.dispose();
    for (const source of sources) source.dispose();
  }

  #changed(): void {
    this.#all = [...this.#sources.values()];
    this.#emitter.fire();
  }
}
