import type { RecordedExec } from "../../../protocol/recordedEvent.ts";

/** What many execs have in common, kept once for all of them. */
export interface SharedFacts {
  readonly source: string;
  readonly sourceKind: "kernel" | "sidecar" | "file";
  readonly username: string;
  readonly workspace: string;
  readonly node: string | undefined;
  readonly comm: string;
  readonly tty: string | undefined;
  readonly container: string | undefined;
  readonly uid: number;
  readonly euid: number | undefined;
  readonly nsUid: number | undefined;
  readonly loginUid: number | undefined;
  readonly gained: readonly string[];
}

/** Where a line came from, as far as rows tell it. */
export interface LineOrigin {
  readonly source: string;
  readonly sourceKind: SharedFacts["sourceKind"];
  /** As it stands beside the event in a recorded log. */
  readonly container: string | undefined;
}

const CONTAINER_ID = /([0-9a-f]{12})[0-9a-f]{52}(?:\.scope)?$/;

/** The shared facts of an exec. */
export function factsOf(exec: RecordedExec, origin: LineOrigin): SharedFacts {
  return {
    source: origin.source,
    sourceKind: origin.sourceKind,
    username: exec.labels["username"] ?? "",
    workspace: exec.labels["workspace_name"] ?? "",
    node: exec.node,
    comm: exec.comm,
    tty: exec.tty,
    container: origin.container ?? containerOf(exec.cgroup),
    uid: exec.uid,
    euid: exec.euid,
    nsUid: exec.nsUid,
    loginUid: exec.loginUid,
    gained: exec.gained,
  };
}

/** Facts of a row that is no exec. */
export function placeFacts(
  origin: LineOrigin,
  username: string,
  workspace: string,
  node?: string,
): SharedFacts {
  return {
    source: origin.source,
    sourceKind: origin.sourceKind,
    username,
    workspace,
    node,
    comm: "",
    tty: undefined,
    container: undefined,
    uid: 0,
    euid: undefined,
    nsUid: undefined,
    loginUid: undefined,
    gained: [],
  };
}

/** What is different for different facts, and only then. */
export function factsKey(facts: SharedFacts): string {
  const { gained } = facts;
  return (
    `${facts.source}\0${facts.username}\0${facts.workspace}\0${facts.node ?? ""}\0${facts.comm}\0${facts.tty ?? ""}\0` +
    `${facts.container ?? ""}\0${String(facts.uid)}\0${String(facts.euid)}\0${String(facts.nsUid)}\0` +
    `${String(facts.loginUid)}\0${gained.length === 0 ? "" : gained.join("\0")}`
  );
}

/** The short id of the container whose cgroup this is. */
function containerOf(cgroup: string | undefined): string | undefined {
  return cgroup === undefined ? undefined : CONTAINER_ID.exec(cgroup)?.[1];
}
