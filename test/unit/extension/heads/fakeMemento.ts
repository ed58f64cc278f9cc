import type { Memento } from "vscode";

/** An editor's storage in memory; values are copied as by an editor. */
export function fakeMemento(stored: Readonly<Record<string, unknown>> = {}): Pick<Memento, "get" | "update"> {
  const values = new Map(Object.entries(stored));
  return {
    get: <T>(key: string, otherwise?: T) => (values.get(key) as T | undefined) ?? otherwise,
    update: (key: string, value: unknown) => {
      values.set(key, structuredClone(value));
      return Promise.resolve();
    },
  };
}
