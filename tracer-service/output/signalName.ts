import { constants } from "node:os";

/** The C library keeps the kernel's first two real-time signals (32 and 33) for itself. */
const SIGRTMIN = 34;
const SIGRTMAX = 64;

const NAMES: ReadonlyMap<number, string> = new Map(
  // Of two names for one number, the first stays: SIGABRT, not SIGIOT.
  Object.entries(constants.signals)
    .map(([name, number]): [number, string] => [number, name])
    .reverse(),
);

/** The name of a signal, such as `SIGKILL` or `SIGRTMIN+3`; undefined where it has none. */
export function signalName(signal: number): string | undefined {
  if (signal < SIGRTMIN || signal > SIGRTMAX) return NAMES.get(signal);
  return signal === SIGRTMIN ? "SIGRTMIN" : `SIGRTMIN+${String(signal - SIGRTMIN)}`;
}
