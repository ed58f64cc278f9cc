/** Calls `act` at once, then at most every `periodMs`, always with the latest value. */
export function throttle<Value>(periodMs: number, act: (value: Value) => void): (value: Value) => void {
  let resting = false;
  let next: { readonly value: Value } | undefined;
  const run = (value: Value): void => {
    resting = true;
    act(value);
    setTimeout(() => {
      resting = false;
      const waiting = next;
      next = undefined;
      if (waiting !== undefined) run(waiting.value);
    }, periodMs);
  };
  return (value) => {
    if (resting) next = { value };
    else run(value);
  };
}
