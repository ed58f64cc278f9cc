import type { Labels, PodPlace } from "./events.ts";

/**
 * An event as a log line tells it, for who shows it: this project's own lines, and those of Coder's exectrace, which
 * know less. All text in it is hostile.
 */
export type RecordedEvent = RecordedExec | RecordedExit | RecordedLost;

interface Recorded {
  /** Milliseconds since 1970 UTC, with a fraction. */
  readonly timeMs: number;
  readonly labels: Labels;
  readonly node: string | undefined;
  /** From the key `kubernetes`; undefined outside of pods. */
  readonly pod: PodPlace | undefined;
  /** Number in its node's sequence; undefined in lines of other programs. */
  readonly seq: number | undefined;
}

/** An exec or, with `running`, a process that ran already when its tracer began. */
export interface RecordedExec extends Recorded {
  readonly type: "exec";
  /** `"msg":"process"`: from a snapshot; the time is that of the process's start. */
  readonly beforeTracing: boolean;
  /** `<pid>.<start>.<exec number>`; undefined in lines of other programs. */
  readonly execId: string | undefined;
  readonly parentId: string | undefined;
  readonly lineage: "known" | "root" | "unknown";
  readonly execNumber: number | undefined;
  readonly pid: number;
  readonly ppid: number | undefined;
  readonly uid: number;
  readonly euid: number | undefined;
  readonly loginUid: number | undefined;
  readonly nsPid: number | undefined;
  readonly nsUid: number | undefined;
  readonly tty: string | undefined;
  readonly cwd: string | undefined;
  readonly cgroup: string | undefined;
  readonly exe: string | undefined;
  readonly interpreter: string | undefined;
  readonly filename: string;
  /** The arguments, quoted for a shell. */
  readonly cmdline: string;
  readonly argv: readonly string[];
  readonly truncated: boolean;
  /** Name of the program that called execve. */
  readonly comm: string;
  readonly nested: boolean;
  readonly image: "memfd" | "deleted" | undefined;
  readonly gained: readonly string[];
}

/** The end of a process. */
export interface RecordedExit extends Recorded {
  readonly type: "exit";
  readonly execId: string;
  readonly pid: number;
  readonly exitCode: number | undefined;
  readonly signal: number | undefined;
  readonly signalName: string | undefined;
  readonly coreDumped: boolean;
  readonly durationMs: number;
  /** It ended before `timeMs`: the kernel let it be seen only later. */
  readonly late: boolean;
}

/** Events known to be lost. */
export interface RecordedLost extends Recorded {
  readonly type: "lost";
  readonly kind: string;
  readonly reason: string;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** The program whose execs were withheld. */
  readonly program: string | undefined;
}
