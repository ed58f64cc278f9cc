/**
 * What a filter reads of an exec. May be a cursor that is moved from row to row. Texts are interned: as long as a
 * compiled filter is used, an id stands for the same text. Times are milliseconds since 1970; what is not known is
 * undefined.
 */
export interface RowFacts {
  /** The whole command line, quoted for a shell. */
  readonly command: string;
  readonly commandId: number;
  /** Base name of the file that runs. */
  readonly program: string;
  readonly programId: number;
  readonly cwd: string | undefined;
  readonly cwdId: number;
  /** Equal ids: equal `username`, `workspace`, `comm`, `node`, `tty`, `container` and `source`. */
  readonly sharedId: number;
  readonly username: string;
  readonly workspace: string;
  /** Name of the program that called execve. */
  readonly comm: string;
  readonly node: string | undefined;
  readonly tty: string | undefined;
  readonly container: string | undefined;
  readonly source: "kernel" | "sidecar" | "file";
  readonly pid: number;
  readonly uid: number;
  readonly euid: number | undefined;
  readonly startMs: number;
  /** Undefined while it runs. */
  readonly durationMs: number | undefined;
  readonly running: boolean;
  readonly failed: boolean;
  readonly exitCode: number | undefined;
  /** Such as SIGKILL, when a signal ended it. */
  readonly signalName: string | undefined;
  readonly nested: boolean;
  readonly image: "memfd" | "deleted" | undefined;
  /** Runs by way of an interpreter. */
  readonly script: boolean;
  readonly truncated: boolean;
  /** Gained privileges that its caller did not have. */
  readonly gained: boolean;
}
