import type { Event } from "./event.ts";

/** What `vscode.EventEmitter` does, where the editor's module is not at hand: a listener that throws stops no other one. */
export class Emitter<T> {
  readonly #listeners = new Set<{ readonly call: (value: T) => unknown }>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = rethrowLater) {
    this.#onError = onError;
  }

  /** Calls the listener at each `fire`, until its result is disposed of. */
  readonly event: Event<T> = (listener, thisArgs?: unknown, disposables?: { dispose(): unknown }[]) => {
    const entry = { call: (value: T) => listener.call(thisArgs, value) };
    this.#listeners.add(entry);
    const disposable = { dispose: () => void this.#listeners.delete(entry) };
    disposables?.push(disposable);
    return disposable;
  };

  /** Calls all who listen now, in the order in which they came. */
  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener.call(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  dispose(): void {
    this.#listeners.clear();
  }
}

/** The editor's extension host reports what nobody catches, with its stack. */
function rethrowLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
