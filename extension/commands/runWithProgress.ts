import * as vscode from "vscode";

/** How far a task is; `increment`: by how many percent more. */
export type TaskProgress = vscode.Progress<{ readonly message?: string; readonly increment?: number }>;

/** Runs a task behind a notification that tells its progress; `signal` is aborted when the user gives up. */
export async function runWithProgress<T>(
  title: string,
  task: (progress: TaskProgress, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (progress, cancelled) => {
      const abort = new AbortController();
      cancelled.onCancellationRequested(() => {
        abort.abort();
      });
      return task(progress, abort.signal);
    },
  );
}
