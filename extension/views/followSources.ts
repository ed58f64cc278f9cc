import type { Disposable } from "../event.ts";
import type { EventSource, WorkspacesChange } from "../source/eventSource.ts";
import type { Sources } from "../source/sources.ts";

/** Is told what happens to any of the sources. */
export interface SourcesListener {
  /** A source that was there before, or is new. */
  added?(source: EventSource): void;
  removed?(source: EventSource): void;
  /** Its state or its node's counters. */
  changed?(source: EventSource): void;
  workspaces?(source: EventSource, change: WorkspacesChange): void;
}

/** Tells `listener` of all sources there are and will be, until the result is disposed of. */
export function followSources(sources: Sources, listener: SourcesListener): Disposable {
  const followed = new Map<EventSource, Disposable[]>();
  const update = (): void => {
    const present = new Set(sources.all);
    for (const [source, listeners] of followed) {
      if (present.has(source)) continue;
      for (const each of listeners) each.dispose();
      followed.delete(source);
      listener.removed?.(source);
    }
    for (const source of present) {
      if (followed.has(source)) continue;
      followed.set(source, [
        source.onDidChangeState(() => listener.changed?.(source)),
        source.onDidChangeNode(() => listener.changed?.(source)),
        source.onDidChangeWorkspaces((change) => listener.workspaces?.(source, change)),
      ]);
      listener.added?.(source);
    }
  };
  const registration = sources.onDidChange(update);
  update();
  return {
    dispose: () => {
      registration.dispose();
      for (const listeners of followed.values()) for (const each of listeners) each.dispose();
      followed.clear();
    },
  };
}
