import type { Clock } from "../clock.ts";
import type { Event } from "../event.ts";

/** What a wait ends by. */
export interface WaitOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Looks at the condition at each event; whether it came true before the time was over or the user gave up. */
export function waitFor(
  condition: () => boolean,
  changed: Event<unknown>,
  { clock, timeoutMs, signal }: WaitOptions,
): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (result: boolean): void => {
      listener.dispose();
      cancelTimer();
      signal.removeEventListener("abort", giveUp);
      resolve(result);
    };
    const giveUp = (): void => {
      end(condition());
    };
    const listener = changed(() => {
      if (condition()) end(true);
    });
    const cancelTimer = clock.after(timeoutMs, giveUp);
    signal.addEventListener("abort", giveUp);
    if (signal.aborted || condition()) giveUp();
  });
}
