/** What `vscode.Disposable` promises, for objects that the editor did not make. */
export interface Disposable {
  dispose(): void;
}

/** As `vscode.Event`: calls the listener at each event until the result is disposed of. */
export type Event<T> = (
  listener: (value: T) => unknown,
  thisArgs?: unknown,
  disposables?: { dispose(): unknown }[],
) => Disposable;
