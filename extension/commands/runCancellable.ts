import * as vscode from "vscode";
import { abortOf } from "./abortOf.ts";

/** How far a task is; `increment`: by how many percent more. */
export type TaskProgress = vscode.Progress<{ readonly message?: string; readonly increment?: number }>;

/** Runs a task behind a notification that tells its progress and can cancel it; undefined: it was cancelled. */
export async function runCancellable<T>(
  title: string,
  task: (progress: TaskProgress, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    async (progress, cancelled) => {
      const signal = abortOf(cancelled);
      try {
        return await task(progress, signal);
      } catch (error) {
        if (signal.aborted) return undefined;
        throw error;
      }
    },
  );
}
