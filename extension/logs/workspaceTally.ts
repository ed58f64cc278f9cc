import type { Attribution, Labels } from "../../protocol/events.ts";
import type { RecordedEvent } from "../../protocol/recordedEvent.ts";
import type { WorkspaceState } from "../../protocol/stream.ts";
import { t } from "../../protocol/text/translate.ts";
import { eventsText } from "../text/countTexts.ts";
import { countText } from "../text/numbers.ts";

/** More than a cluster has; a file of made-up names can hold millions. */
const MAX_WORKSPACES = 50_000;
const MAX_COMMAND = 256;
const ATTRIBUTIONS: readonly Attribution[] = ["cgroup", "loginuid", "static", "none"];

/** What a log tells of one workspace, counted on. */
interface Tally {
  readonly id: string;
  readonly labels: Labels;
  readonly attribution: Attribution;
  readonly firstMs: number;
  cgroup: string | undefined;
  execs: number;
  lost: number;
  lastMs: number | undefined;
  lastCommand: string | undefined;
}

/**
 * The workspaces of a recorded log, computed from its events. Beyond 50,000 they are counted in one entry, whose
 * `why` says so.
 */
export class WorkspaceTally {
  readonly #tallies = new Map<string, Tally>();
  readonly #changed = new Set<Tally>();
  #unlistedEvents = 0;

  /** `value` is the JSON of the event's line. */
  add(event: RecordedEvent, value: unknown): void {
    const { labels } = event;
    const id = JSON.stringify([
      labels["username"] ?? null,
      labels["workspace_name"] ?? labels["workspace_id"] ?? null,
    ]);
    let tally = this.#tallies.get(id);
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_WORKSPACES) {
        this.#unlistedEvents++;
        return;
      }
      tally = newTally(id, event, attributionOf(value, labels));
      this.#tallies.set(id, tally);
    }
    if (event.type === "exec" && !event.beforeTracing) {
      tally.execs++;
      if (tally.lastMs === undefined || event.timeMs >= tally.lastMs) {
        tally.lastMs = event.timeMs;
        tally.lastCommand = event.cmdline;
        tally.cgroup = event.cgroup ?? tally.cgroup;
      }
    } else if (event.type === "lost") {
      tally.lost += event.count;
    }
    this.#changed.add(tally);
  }

  /** The workspaces that have changed since the last call. */
  takeChanged(): readonly WorkspaceState[] {
    const states = [...this.#changed].map(stateOf);
    this.#changed.clear();
    if (this.#unlistedEvents > 0) states.push(unlisted(this.#unlistedEvents));
    return states;
  }
}

function newTally(id: string, event: RecordedEvent, attribution: Attribution): Tally {
  return {
    id,
    labels: event.labels,
    attribution,
    firstMs: event.timeMs,
    ...{ namespace: undefined, pod: undefined, podUid: undefined },
    cgroup: undefined,
    execs: 0,
    lost: 0,
    lastMs: undefined,
    lastCommand: undefined,
  };
}

/** The sidecar, whose lines don't say it, has its labels from flags. */
function attributionOf(value: unknown, labels: Labels): Attribution {
  const { fields } = value as { readonly fields: { readonly attribution?: unknown } };
  const told = ATTRIBUTIONS.find((each) => each === fields.attribution);
  return told ?? (Object.keys(labels).length === 0 ? "none" : "static");
}

function stateOf(tally: Tally): WorkspaceState {
  return {
    id: tally.id,
    labels: tally.labels,
    attribution: tally.attribution,
    ...{ namespace: undefined, pod: undefined, podUid: undefined },
    cgroup: tally.cgroup,
    activity: "idle",
    why: undefined,
    alive: 0,
    execs: tally.execs,
    lost: tally.lost,
    rate: 0,
    lastCommand: cut(tally.lastCommand),
    lastExec: tally.lastMs === undefined ? undefined : new Date(tally.lastMs).toISOString(),
    since: new Date(tally.firstMs).toISOString(),
  };
}

function unlisted(events: number): WorkspaceState {
  return {
    ...stateOf({ ...EMPTY_TALLY }),
    activity: "not_logged",
    why: t(
      "the log names more than {0} workspaces: of others, {1} are in the process tree only",
      countText(MAX_WORKSPACES),
      eventsText(events, t),
    ),
  };
}

const EMPTY_TALLY: Tally = {
  id: "unlisted",
  labels: {},
  attribution: "none",
  firstMs: 0,
  cgroup: undefined,
  execs: 0,
  lost: 0,
  lastMs: undefined,
  lastCommand: undefined,
};

function cut(command: string | undefined): string | undefined {
  return command === undefined || command.length <= MAX_COMMAND
    ? command
    : `${command.slice(0, MAX_COMMAND - 1)}…`;
}
