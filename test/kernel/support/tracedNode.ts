import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";

import type { ExecEvent, ExitEvent, LostEvent, TracerEvent } from "../../../protocol/events.ts";
import { CgroupTree } from "../../../tracer-service/cgroup/cgroupTree.ts";
import { findHierarchies } from "../../../tracer-service/cgroup/hierarchies.ts";
import type { KernelRecord } from "../../../tracer-service/decode/kernelRecord.ts";
import type { IdentityProvider } from "../../../tracer-service/identity/identityProvider.ts";
import { LocalProvider } from "../../../tracer-service/identity/localProvider.ts";
import { OwnerTable } from "../../../tracer-service/identity/ownerTable.ts";
import { parseRules } from "../../../tracer-service/identity/rulesFile.ts";
import { WorkspaceMatcher } from "../../../tracer-service/identity/workspaceMatcher.ts";
import { KernelTracer, type KernelTracerOptions } from "../../../tracer-service/kernel/kernelTracer.ts";
import type { PendingLimits } from "../../../tracer-service/pipeline/pendingEvents.ts";
import type { EventKeeper } from "../../../tracer-service/pipeline/ringKeeping.ts";
import type { Diagnostics } from "../../../tracer-service/diagnostics.ts";
import { TraceSession } from "../../../tracer-service/pipeline/traceSession.ts";
import { fixtureUsers } from "../../unit/tracer-service/identity/fixtureUsers.ts";
import { TestCgroup } from "./testCgroup.ts";

/** The compiled programs, as the build leaves them. */
export const bpfObject = fileURLToPath(new URL("../../../dist/bpf/tracer.bpf.o", import.meta.url));

export interface TracedNodeOptions {
  readonly kernel?: Partial<KernelTracerOptions>;
  /** YAML after the test's own rule. */
  readonly moreRules?: string;
  readonly provider?: (kernel: KernelTracer, tree: CgroupTree, root: string) => IdentityProvider;
  /** Which of the node's hierarchies to make cgroups in: 0 the first visible one. */
  readonly hierarchy?: number;
  readonly restMs?: number;
  readonly pendingLimits?: PendingLimits;
  readonly keeper?: EventKeeper;
  readonly onRecord?: (record: KernelRecord) => void;
  /** Path of a root that another one has made: it is this one's, too. */
  readonly root?: string;
  /** The test calls `startTracing()` itself, after it has started what shall run already. */
  readonly startLater?: boolean;
}

/**
 * Traces, in this process, workspaces `/wpl-test-…/USERNAME/WORKSPACE_NAME` below a root of the test's own, and
 * keeps every event. Everything else on the machine stays out of scope.
 */
export class TracedNode {
  /** Path of the test's root cgroup. */
  readonly root: string;
  readonly mountPoint: string;
  readonly kernel: KernelTracer;
  readonly session: TraceSession;
  readonly events: TracerEvent[] = [];
  readonly diagnostics: { level: string; fields: object; message: string }[] = [];
  readonly #rootCgroup: TestCgroup;
  /** While set, events are not taken: the ring fills. */
  #held: PromiseWithResolvers<void> | undefined;

  constructor(options: TracedNodeOptions = {}) {
    const hierarchies = findHierarchies();
    const hierarchy = hierarchies.visible[options.hierarchy ?? 0];
    if (hierarchy === undefined) throw new Error("this machine shows no such cgroup hierarchy");
    this.mountPoint = hierarchy.mountPoint;
    this.root = options.root ?? `/wpl-test-${randomBytes(4).toString("hex")}`;
    const tree = new CgroupTree(hierarchies.visible);
    const rules = parseRules(
      "test",
      `rules:\n  - cgroup: ${this.root}/{username}/{workspace_name}\n${options.moreRules ?? ""}`,
    );
    const matcher = new WorkspaceMatcher(
      rules,
      fixtureUsers((uid) => `user${String(uid)}`),
      () => undefined,
    );
    this.kernel = new KernelTracer({
      objectPath: bpfObject,
      ringBytes: 4 * 1024 * 1024,
      processLimit: 16_384,
      v1: hierarchies.v1,
      loginUidRanges: matcher.loginUidRanges().map(({ first, last }) => [first, last] as const),
      followPidNamespaces: false,
      followPods: false,
      findSelf: false,
      onlyOwnChildren: false,
      ...options.kernel,
    });
    this.#rootCgroup = new TestCgroup(this.mountPoint, this.root);
    const held = (): PromiseWithResolvers<void> | undefined => this.#held;
    this.session = new TraceSession({
      kernel: this.kernel,
      provider:
        options.provider?.(this.kernel, tree, this.root) ??
        new LocalProvider(matcher, tree, this.kernel, new OwnerTable()),
      output: {
        write: (event) => this.events.push(event),
        get saturated() {
          return held() !== undefined;
        },
        whenWritable: () => held()?.promise ?? Promise.resolve(),
      },
      log: this.#log(),
      restMs: options.restMs ?? 2,
      ...(options.keeper && { keeper: options.keeper }),
      ...(options.onRecord && { onRecord: options.onRecord }),
      hostPids: true,
      ...(options.pendingLimits && { pendingLimits: options.pendingLimits }),
    });
    if (options.startLater !== true) this.startTracing();
  }

  startTracing(): void {
    this.session.start();
  }

  get execs(): ExecEvent[] {
    return this.events.filter((event) => event.type === "exec");
  }

  get exits(): ExitEvent[] {
    return this.events.filter((event) => event.type === "exit");
  }

  get losses(): LostEvent[] {
    return this.events.filter((event) => event.type === "lost");
  }

  /** Execs in a cgroup and below it. */
  execsIn({ path }: TestCgroup): ExecEvent[] {
    return this.execs.filter(({ cgroup }) => cgroup === path || cgroup?.startsWith(`${path}/`));
  }

  /** Makes a workspace's cgroup; deeper path components may follow the two names. */
  workspace(username: string, workspaceName: string, ...below: string[]): TestCgroup {
    return this.cgroup(username, workspaceName, ...below);
  }

  /** Makes a cgroup below the test's root. */
  cgroup(...components: string[]): TestCgroup {
    return new TestCgroup(this.mountPoint, [this.root, ...components].join("/"));
  }

  /** Stops taking events, as a slow output would. */
  hold(): void {
    this.#held ??= Promise.withResolvers();
  }

  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Resolves when `condition` holds, or throws after some seconds with what it waited for. */
  async until(what: string, condition: () => boolean, seconds = 10): Promise<void> {
    for (let i = 0; i < seconds * 200; i++) {
      if (condition()) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`waited in vain until ${what}; events: ${describe(this.events)}`);
  }

  /** The exec whose arguments include `argument`; waits for it. */
  async exec(argument: string): Promise<ExecEvent> {
    const find = (): ExecEvent | undefined => this.execs.find((event) => event.argv.includes(argument));
    await this.until(
      `an exec with the argument ${JSON.stringify(argument.slice(0, 80))}`,
      () => find() !== undefined,
    );
    const found = find();
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  /** The latest exec so far whose arguments include `argument`, for programs that hand it on. */
  async lastExec(argument: string): Promise<ExecEvent> {
    await this.settle();
    const found = this.execs.findLast((event) => event.argv.includes(argument));
    if (found === undefined)
      throw new Error(`nothing was executed with the argument ${JSON.stringify(argument)}`);
    return found;
  }

  /** The end of a process, by the exec that it ended as; waits for it. */
  async exit(exec: ExecEvent): Promise<ExitEvent> {
    const find = (): ExitEvent | undefined => this.exits.find(({ id }) => id === exec.id);
    await this.until(`the exit of ${exec.id}`, () => find() !== undefined);
    const found = find();
    if (found === undefined) throw new Error("unreachable");
    return found;
  }

  /** Resolves when everything that was executed before has arrived: a marker runs in a workspace of its own. */
  async settle(): Promise<void> {
    const marker = `settle-${randomBytes(8).toString("hex")}`;
    const cgroup = this.cgroup("settle", "settle");
    await cgroup.run(["/bin/true", marker]);
    await this.exec(marker);
  }

  /** Stops tracing; all events until then have arrived when it resolves. */
  async stopTracing(): Promise<void> {
    this.release();
    await this.session.stop();
  }

  /** Stops tracing and removes the cgroups. */
  async close(): Promise<void> {
    await this.stopTracing();
    this.kernel.close();
    await this.#rootCgroup.remove();
  }

  #log(): Diagnostics {
    const keep = (level: string) => (fields: object, message: string) => {
      this.diagnostics.push({ level, fields, message });
    };
    return { info: keep("info"), warn: keep("warn"), error: keep("error") };
  }
}

function describe(events: readonly TracerEvent[]): string {
  return events
    .slice(-20)
    .map((event) => (event.type === "exec" ? event.argv.join(" ").slice(0, 100) : event.type))
    .join(" | ");
}
