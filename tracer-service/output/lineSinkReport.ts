/** What a line sink tells of its state; every error's message is one clear line. */
export type LineSinkReport =
  /** Nothing can be written for now; the lines wait. Told once, until `recovered`. */
  | { readonly type: "stalled"; readonly error: Error }
  /** All that waited is written; `waitedBytes` is the most that waited at a time. */
  | { readonly type: "recovered"; readonly stalledMs: number; readonly waitedBytes: number }
  | { readonly type: "reopened" }
  /** The log goes on in the file that was open already. */
  | { readonly type: "reopenFailed"; readonly error: Error }
  | { readonly type: "closeFailed"; readonly error: Error }
  /** Nothing will be written any more; `close` has the counts of what was not. */
  | { readonly type: "failed"; readonly error: Error };
