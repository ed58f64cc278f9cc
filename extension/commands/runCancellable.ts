import { runWithProgress, type TaskProgress } from "./runWithProgress.ts";

/** Runs a task as `runWithProgress` does; undefined: it was cancelled. */
export async function runCancellable<T>(
  title: string,
  task: (progress: TaskProgress, signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  return runWithProgress(title, async (progress, signal) => {
    try {
      return await task(progress, signal);
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  });
}
