/** An exec id in numbers; the start time takes two, since it may exceed 2^53. */
export interface ExecKey {
  readonly pid: number;
  readonly startHigh: number;
  readonly startLow: number;
  readonly number: number;
}

const PARTS = /^(\d{1,10})\.(\d{1,20})\.(\d{1,10})$/;
const LOW_DIGITS = 9;

/** The numbers of `<pid>.<start>.<exec number>`; undefined for another form. */
export function parseExecKey(id: string): ExecKey | undefined {
  const parts = PARTS.exec(id);
  if (parts === null) return undefined;
  const [, pid = "", start = "", number = ""] = parts;
  const cut = Math.max(0, start.length - LOW_DIGITS);
  return {
    pid: Number(pid) | 0,
    startHigh: Number(start.slice(0, cut)) | 0,
    startLow: Number(start.slice(cut)) | 0,
    number: Number(number) | 0,
  };
}
