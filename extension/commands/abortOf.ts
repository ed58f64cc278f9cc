import type { CancellationToken } from "vscode";

/** Is aborted when the user gives up. */
export function abortOf(cancelled: CancellationToken): AbortSignal {
  const abort = new AbortController();
  cancelled.onCancellationRequested(() => {
    abort.abort();
  });
  return abort.signal;
}
