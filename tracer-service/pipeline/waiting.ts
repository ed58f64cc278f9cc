import type { EventOutput } from "./eventOutput.ts";

/** Resolves with false when the output stays saturated, or is closed for good. */
export function isWritableWithin(output: EventOutput, limitMs: number): Promise<boolean> {
  return Promise.race([
    output.whenWritable().then(
      () => true,
      () => false,
    ),
    rest(limitMs).then(() => false),
  ]);
}

/** Resolves after that time. */
export function rest(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
