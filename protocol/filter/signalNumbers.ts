/** Linux's signals from 1 on, as x86 and ARM number them. */
const NAMES =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG " +
  "XCPU XFSZ VTALRM PROF WINCH IO PWR SYS";

const NUMBERS = new Map(NAMES.split(" ").map((name, index) => [`SIG${name}`, index + 1]));

/** The number of a signal such as `SIGKILL`, in any case and also without the `SIG`; undefined for other texts. */
export function signalNumber(name: string): number | undefined {
  const upper = name.toUpperCase();
  return NUMBERS.get(upper) ?? NUMBERS.get(`SIG${upper}`);
}
