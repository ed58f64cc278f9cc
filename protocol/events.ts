/** Labels of a workspace as queries know them: `username`, `workspace_name`, `workspace_id`, `user_id`, … */
export type Labels = Readonly<Record<string, string>>;

/** How an event came to its labels; part of every event, so that a reader can judge it. */
export type Attribution =
  | "cgroup" // the outermost cgroup on the process's path that a rule matches
  | "loginuid" // the login uid, for processes that left their user's cgroup
  | "static" // labels given by flags
  | "pod" // the outermost pod on the process's cgroup path
  | "pid_namespace" // the pod whose PID namespace is an ancestor of the process's, for cgroups that lie elsewhere
  | "lineage" // the pod in which the process's ancestors ran, where neither of the others knows one
  | "pending-expired" // a pod, but what it is did not arrive in time: the labels are missing, not none
  | "none"; // in scope, but no rule knows it

/** Where in Kubernetes a process runs. What is undefined is not known. */
export interface PodPlace {
  readonly namespace: string | undefined;
  readonly pod: string | undefined;
  readonly podUid: string;
  readonly serviceAccount: string | undefined;
  /** Name of the container as the pod's manifest has it, and the image that it names. */
  readonly container: string | undefined;
  readonly image: string | undefined;
  /** As its runtime names it; not set for the pod's sandbox. */
  readonly containerId?: string | undefined;
}

/**
 * Identity of an exec within one boot of one node: `<host pid>.<start time, ns since boot>.<exec number>`.
 * Exec number 0 is what the process ran when tracing began.
 */
export type ExecId = string;

/** What the kernel knows of an exec's ancestry: `root` has no ancestor in scope, `unknown` lost it. */
export type Lineage = "known" | "root" | "unknown";

/** A way in which an exec gained privileges that its caller did not have. */
export type PrivilegeGain = "setuid" | "setgid" | "file_capabilities" | "other";

/** Where the bytes missing from the arguments stood: `argument` is the index in `argv` of the element that holds the `…`. */
export interface ArgumentCut {
  readonly argument: number;
  readonly missingBytes: number;
}

/**
 * Bytes that are not UTF-8, which strings show as U+FFFD: base64 of the whole field, so nothing is lost.
 * In `argv` the elements that are valid UTF-8 are null.
 */
export interface RawBytes {
  readonly argv?: readonly (string | null)[];
  readonly [field: string]: string | readonly (string | null)[] | undefined;
}

/** The parts that all events share. */
interface Event {
  /** Position in this node's sequence of events: 1, 2, 3, … without holes. */
  readonly seq: number;
  /** Wall clock, ns since 1970 UTC. */
  readonly timeNs: bigint;
  readonly labels: Labels;
  readonly attribution: Attribution;
  /** Undefined outside of Kubernetes pods. */
  readonly pod: PodPlace | undefined;
}

/** One successful execve or execveat in a workspace. Ids and pids without a prefix are the host's. */
export interface ExecEvent extends Event {
  readonly type: "exec";
  readonly id: ExecId;
  readonly lineage: Lineage;
  /** Latest exec of the nearest ancestor in scope; undefined unless `lineage` is `known`. */
  readonly parentId: ExecId | undefined;
  /** How many execs this process has done, this one included. */
  readonly execNumber: number;
  readonly pid: number;
  /** The thread that called execve, before it became the leader. */
  readonly tid: number;
  readonly ppid: number;
  readonly uid: number;
  readonly gid: number;
  readonly euid: number;
  readonly egid: number;
  /** Audit login uid and session; undefined when nobody logged in. */
  readonly loginUid: number | undefined;
  readonly auditSession: number | undefined;
  /** POSIX session: the host pid of its leader. */
  readonly sessionId: number;
  /** Controlling terminal, such as `pts0`. */
  readonly tty: string | undefined;
  /** As seen inside the process's own namespaces; undefined where the namespace maps no id. */
  readonly nsPid: number;
  readonly nsUid: number | undefined;
  readonly nsGid: number | undefined;
  /** Inode number of the process's PID namespace. */
  readonly pidNamespace: number;
  /** In a PID namespace below that of its workspace: a container inside the workspace. */
  readonly nested: boolean;
  /** `comm` of the program that called execve. */
  readonly comm: string;
  /** The path given to execve. */
  readonly filename: string;
  /** Absolute path of the file that runs, seen from the process's root; of a script, its interpreter's. */
  readonly exe: string;
  readonly exeTruncated: boolean;
  /** The file is not below the process's root, nor perhaps on any mount: the path begins where the walk ended. */
  readonly exeOutsideRoot: boolean;
  /** `major:minor` of the device that holds the file, and its inode number. */
  readonly exeDevice: string;
  readonly exeInode: bigint;
  /** The interpreter that a script's first line names; undefined for programs. */
  readonly interpreter: string | undefined;
  /** Set when the file that runs has no name any more. */
  readonly image: "memfd" | "deleted" | undefined;
  readonly gained: readonly PrivilegeGain[];
  /** Effective capabilities after the exec, a bit each (capability.h). */
  readonly capEffective: bigint;
  readonly cwd: string;
  readonly cwdTruncated: boolean;
  readonly cwdOutsideRoot: boolean;
  readonly cwdDeleted: boolean;
  /** Path of the cgroup from the root of its hierarchy; undefined when it was gone before its name was read. */
  readonly cgroup: string | undefined;
  readonly cgroupId: bigint;
  readonly argv: readonly string[];
  /** Arguments are not whole; `cut` says where. */
  readonly truncated: boolean;
  readonly cut: ArgumentCut | undefined;
  /** Arguments could not be read: what is missing in `argv` is not known to be empty. */
  readonly argsUnreadable: boolean;
  /** Number and true length in bytes of the arguments, whatever was kept of them. */
  readonly argCount: number;
  readonly argsBytes: number;
  readonly raw: RawBytes | undefined;
}

/** The end of a process: its last thread has exited. */
export interface ExitEvent extends Event {
  readonly type: "exit";
  /** The process's latest exec. */
  readonly id: ExecId;
  readonly pid: number;
  /** Exit status 0 … 255; undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  /** Number of the signal that ended it. */
  readonly signal: number | undefined;
  readonly coreDumped: boolean;
  /** From the process's start to its end. */
  readonly durationNs: bigint;
  /** Its end was seen only when the kernel freed the process, after its parent had waited for it: it was earlier. */
  readonly late: boolean;
}

/**
 * What was lost. `exec`, `exit` and `cgroup`: events; `lineage`: ancestors, and `namespace`: whose a PID
 * namespace is, the events themselves were kept; `arguments`: the middle of an exec's, which was kept, too; `cover`: a stretch of time in which nothing was collected, whatever happened.
 */
export type LostKind = "exec" | "exit" | "cgroup" | "lineage" | "namespace" | "arguments" | "cover";

/** Why it was lost. */
export type LossReason =
  | "ring_full" // the reader was too slow for the ring buffer
  | "scratch_busy" // a tracer program was interrupted by itself
  | "recursion" // the kernel did not run a tracer program that would have interrupted itself, or its stand-ins
  | "over_budget" // the workspace ran more than its budget: withheld, and counted by program, or shortened
  | "over_cgroup_budget" // the workspace made and removed more cgroups than its budget
  | "within_budget" // that has ended: a count of 0, over the time that it took
  | "process_table_full" // the workspace holds its share of the process table
  | "namespace_table_full" // the same of the table of PID namespaces
  | "replaced" // another version's programs took the place of those before
  | "abandoned" // no service had read for so long that the programs stopped
  | "undecodable"; // a record that this service does not understand

/** Events that the tracer knows it lost, told to the workspace they belonged to. */
export interface LostEvent extends Event {
  readonly type: "lost";
  readonly kind: LostKind;
  readonly reason: LossReason;
  readonly count: number;
  /** Wall clock of the first and the last event lost, ns since 1970 UTC. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  readonly cgroup: string | undefined;
  /** Name of the program whose execs were withheld (`over_budget`). */
  readonly program: string | undefined;
  readonly raw: RawBytes | undefined;
}

/** Everything that the tracer reports of a workspace. */
export type TracerEvent = ExecEvent | ExitEvent | LostEvent;
