import type { Attribution, ExecEvent, ExitEvent, Labels, LostEvent } from "../../protocol/events.ts";
import type { KernelExec, KernelExit } from "../decode/kernelRecord.ts";
import { showLossless } from "../decode/losslessText.ts";
import { withRaw } from "../decode/withRaw.ts";
import type { Attributed } from "../identity/identityProvider.ts";
import type { EarlierNumbers } from "./earlierNumbers.ts";
import type { Loss } from "./lossReporter.ts";
import type { WallClock } from "./wallClock.ts";

const NO_LABELS: Labels = {};

/** Makes events of what the kernel told and the provider knows, and numbers them without a hole. */
export class EventFactory {
  readonly #clock: WallClock;
  readonly #earlier: EarlierNumbers | undefined;
  #seq: number;

  /** `seq`: number of the latest event of earlier runs, where numbers go on; events in `earlier` have theirs. */
  constructor(clock: WallClock, seq = 0, earlier?: EarlierNumbers) {
    this.#clock = clock;
    this.#seq = seq;
    this.#earlier = earlier;
  }

  /** Number of the latest event; 0 before the first ever. */
  get seq(): number {
    return this.#seq;
  }

  /** The next event has the number after this one. */
  continueAfter(seq: number): void {
    this.#seq = seq;
  }

  exec(exec: KernelExec, attributed: Attributed): ExecEvent {
    const cgroup = showLossless(attributed.cgroup);
    return {
      type: "exec",
      seq: this.#numberOf("exec", exec.id),
      timeNs: this.#clock.date(exec.timeNs),
      labels: labelsOf(attributed),
      attribution: attributionOf(attributed),
      pod: attributed.pod,
      id: exec.id,
      lineage: exec.lineage,
      parentId: exec.parentId,
      execNumber: exec.execNumber,
      pid: exec.pid,
      tid: exec.tid,
      ppid: exec.ppid,
      uid: exec.uid,
      gid: exec.gid,
      euid: exec.euid,
      egid: exec.egid,
      loginUid: exec.loginUid,
      auditSession: exec.auditSession,
      sessionId: exec.sessionId,
      tty: exec.tty,
      nsPid: exec.nsPid,
      nsUid: exec.nsUid,
      nsGid: exec.nsGid,
      pidNamespace: exec.pidNamespace,
      nested: attributed.workspace?.isNested(exec.nsLevel) ?? false,
      comm: exec.comm,
      filename: exec.filename,
      exe: exec.exe,
      exeTruncated: exec.exeTruncated,
      exeOutsideRoot: exec.exeOutsideRoot,
      exeDevice: exec.exeDevice,
      exeInode: exec.exeInode,
      interpreter: exec.interpreter,
      image: exec.image,
      gained: exec.gained,
      capEffective: exec.capEffective,
      cwd: exec.cwd,
      cwdTruncated: exec.cwdTruncated,
      cwdOutsideRoot: exec.cwdOutsideRoot,
      cwdDeleted: exec.cwdDeleted,
      cgroup: cgroup?.text,
      cgroupId: exec.cgroupKey & 0xffff_ffff_ffffn,
      argv: exec.argv,
      truncated: exec.truncated,
      cut: exec.cut,
      argsUnreadable: exec.argsUnreadable,
      argCount: exec.argCount,
      argsBytes: exec.argsBytes,
      raw: withRaw(exec.raw, { cgroup }),
    };
  }

  exit(exit: KernelExit, attributed: Attributed): ExitEvent {
    return {
      type: "exit",
      seq: this.#numberOf("exit", exit.id),
      timeNs: this.#clock.date(exit.timeNs),
      labels: labelsOf(attributed),
      attribution: attributionOf(attributed),
      pod: attributed.pod,
      id: exit.id,
      pid: exit.pid,
      exitCode: exit.exitCode,
      signal: exit.signal,
      coreDumped: exit.coreDumped,
      durationNs: exit.durationNs,
      late: exit.late,
    };
  }

  lost(loss: Loss, attributed: Attributed): LostEvent {
    const cgroup = showLossless(attributed.cgroup);
    const { program } = loss;
    return {
      type: "lost",
      seq: ++this.#seq,
      timeNs: this.#clock.date(loss.lastNs),
      labels: labelsOf(attributed),
      attribution: attributionOf(attributed),
      pod: attributed.pod,
      kind: loss.kind,
      reason: loss.reason,
      count: loss.count,
      firstNs: this.#clock.date(loss.firstNs),
      lastNs: this.#clock.date(loss.lastNs),
      cgroup: cgroup?.text,
      program: program?.text,
      raw: withRaw(undefined, { program, cgroup }),
    };
  }

  #numberOf(type: "exec" | "exit", id: string): number {
    return this.#earlier?.take(type, id) ?? ++this.#seq;
  }
}

function labelsOf({ workspace }: Attributed): Labels {
  return workspace?.labels ?? NO_LABELS;
}

function attributionOf({ workspace, attribution }: Attributed): Attribution {
  return attribution ?? workspace?.attribution ?? "none";
}
