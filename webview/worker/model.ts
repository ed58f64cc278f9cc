import type { Source } from "../../protocol/webviewMessages.ts";
import { compileFilter } from "../filter/compileFilter.ts";
import type { FilterPredicate } from "../filter/compileFilter.ts";
import { parseExpression } from "../filter/parseExpression.ts";
import type { Expression } from "../filter/parseExpression.ts";
import { EventReader } from "./eventReader.ts";
import { Exporter } from "./exporter.ts";
import { parseFoldId } from "./foldId.ts";
import { Launchers } from "./launchers.ts";
import { LineStore } from "./lineStore.ts";
import type { TextPacker } from "./lineStore.ts";
import { Matching } from "./matching.ts";
import { ProcessTree } from "./processTree.ts";
import { RestingTask } from "./restingTask.ts";
import { detailsOf } from "./rowDetails.ts";
import { RowPainter } from "./rowPainter.ts";
import { FLAG, GROUP, NONE } from "./rowTable.ts";
import { Tally } from "./tally.ts";
import { collapseBelow, openAbove } from "./treeFolding.ts";
import { TreeListeners } from "./treeListener.ts";
import { VisibleRows } from "./visibleRows.ts";
import type { Layout } from "./visibleRows.ts";
import type { FromWorker, ModelCounts, Row, RowWindow, ToWorker } from "./workerMessages.ts";

/** What the model needs of the world. Times of `clockMs` are for measuring, those of `nowMs` since 1970. */
export interface ModelWorld {
  post(message: FromWorker): void;
  clockMs(): number;
  nowMs(): number;
  /** Runs a task after what else waits has had its turn. */
  soon(task: () => void): void;
  later(delayMs: number, task: () => void): void;
  readonly packer: TextPacker;
  readonly limits: ModelLimits;
}

/** What the model may hold besides the number of events: arguments may be long, and few events then fill the memory. */
export interface ModelLimits {
  /** UTF-16 units of command lines and directories. */
  readonly text: number;
  /** Bytes of packed log lines. */
  readonly packedBytes: number;
}

/** Who asks for a window must not wait longer than this for events that are being read. */
const SLICE_MS = 4;
const LINES_BETWEEN_LOOKS = 20;
const MAX_PACKING = 8;
const PACKING_PAUSE_MS = 5;
/** A frame: who looks sees no more often what is new. */
const LEAST_PERIOD_MS = 16;
/** While there is more to read, what was read so far waits for the rest for so long. */
const READING_MS = 25;
const TIMELINE_PERIOD_MS = 250;
const CLOCK_PERIOD_MS = 1_000;
const DEFAULT_KEPT = 1_000_000;
/** Of the rows kept, when they are too many: so it is not done for each. */
const KEPT_AFTER_TRIM = 0.99;
const RECYCLE_FROM = 50_000;
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });
const NO_FILTER: FilterMessage = {
  type: "filter",
  filter: { usernames: [], workspaces: [], expression: "" },
  range: undefined,
  subtree: undefined,
  hidden: [],
};

type FilterMessage = Extract<ToWorker, { readonly type: "filter" }>;
/** What must keep its order. */
type Work = Extract<ToWorker, { readonly type: "events" | "gap" | "sourceRemoved" | "export" }>;

/** The process tree behind the screen: takes its messages, and tells it what to show. */
export class Model {
  readonly #world: ModelWorld;
  readonly #lines: LineStore;
  readonly #reader: EventReader;
  readonly #tree: ProcessTree;
  readonly #tally: Tally;
  readonly #matching: Matching;
  readonly #launchers: Launchers;
  readonly #visible: VisibleRows;
  readonly #painter: RowPainter;
  readonly #laying: RestingTask;
  readonly #timing: RestingTask;
  readonly #exports = new Map<number, Exporter>();
  readonly #inbox: Work[] = [];
  readonly #otherLines = new Map<string, number>();
  /** Of the batch that is being read. */
  #text: string | undefined;
  #lineAt = 0;
  #working = false;
  #foldRepeats = true;
  #eventsKept = DEFAULT_KEPT;
  #filter = NO_FILTER;
  #expression: Expression | undefined;
  #predicate: FilterPredicate | undefined;
  #window: RowWindow | undefined;
  #anchorBefore: number | undefined;
  #shown = true;
  /** The counts as they were when the user paused. */
  #paused: ModelCounts | undefined;
  #waiting = 0;
  #dropped = 0;
  #layoutStale = true;
  #answers = Promise.resolve();

  constructor(world: ModelWorld) {
    this.#world = world;
    this.#lines = new LineStore(world.packer);
    this.#reader = new EventReader(this.#lines);
    const listeners = new TreeListeners();
    this.#tree = new ProcessTree(this.#reader.keptLines, listeners);
    this.#tally = new Tally(this.#tree);
    this.#matching = new Matching(this.#tree, this.#tally, { ...NO_FILTER, predicate: undefined });
    this.#launchers = new Launchers(this.#tree);
    this.#visible = new VisibleRows(this.#tree);
    this.#painter = new RowPainter(this.#tree, this.#visible, this.#launchers);
    listeners.listen(this.#matching);
    listeners.listen({
      added: (row) => {
        this.#launchers.add(row);
        this.#treeChanged(false);
      },
      changed: () => {
        this.#treeChanged(false);
      },
      moved: () => {
        this.#treeChanged(false);
      },
      removed: () => {
        this.#treeChanged(true);
      },
    });
    this.#laying = new RestingTask(world, LEAST_PERIOD_MS, () => {
      if (!this.#shown) return;
      if (this.#layoutStale) this.#layOut();
      this.#tellRows();
    });
    this.#timing = new RestingTask(world, TIMELINE_PERIOD_MS, () => {
      if (this.#shown) world.post({ type: "timeline", timeline: this.#tally.timeline.timeline() });
    });
    world.later(CLOCK_PERIOD_MS, () => {
      this.#timePasses();
    });
  }

  /** Bytes of the packed lines and rows in use, for measuring. */
  get size(): { readonly rows: number; readonly packedBytes: number } {
    return { rows: this.#tree.rows.size, packedBytes: this.#lines.packedBytes };
  }

  /** Takes a message of the screen. */
  receive(message: ToWorker): void {
    switch (message.type) {
      case "events":
      case "gap":
      case "sourceRemoved":
      case "export":
        this.#inbox.push(message);
        this.#startWork();
        return;
      case "options":
        this.#foldRepeats = message.foldRepeats;
        this.#eventsKept = Math.max(1, Math.floor(message.eventsKept));
        this.#trim();
        this.#changedByUser();
        return;
      case "source":
        this.#setSource(message.source);
        return;
      case "filter":
        this.#setFilter(message);
        return;
      case "window":
        this.#window = message.window;
        this.#anchorBefore = this.#indexOf(message.window.anchor);
        this.#tellRows();
        return;
      case "visible":
        this.#shown = message.visible;
        if (message.visible) {
          this.#changedByUser();
          this.#timing.request();
        }
        return;
      case "expand":
        this.#expand(message.row, message.expanded);
        return;
      case "expandAll":
        collapseBelow(this.#tree, this.#visible, message.row, message.expanded);
        this.#changedByUser();
        return;
      case "pause":
        this.#pause(message.paused);
        return;
      case "details":
        this.#answer(() => this.#tellDetails(message.row));
        return;
      case "reveal":
        this.#reveal(message.row);
        return;
      case "exportNext":
        this.#tellExport(message.id);
        return;
      case "exportCancel":
        this.#exports.delete(message.id);
        return;
    }
  }

  /** Files are read elsewhere: what was no event in them never comes here. */
  #setSource(source: Source): void {
    this.#reader.setSource(source);
    const { state } = source;
    this.#otherLines.set(source.id, state.type === "read" ? state.otherLines : 0);
    this.#laying.request();
  }

  #startWork(): void {
    if (this.#working) return;
    this.#working = true;
    this.#world.soon(() => {
      this.#work();
    });
  }

  /** Does what is in the inbox for as long as nobody else has to wait for it. */
  #work(): void {
    const until = this.#world.clockMs() + SLICE_MS;
    for (let work = this.#inbox[0]; work !== undefined; work = this.#inbox[0]) {
      if (this.#lines.packing > MAX_PACKING) {
        this.#laying.runWhenRested();
        this.#world.later(PACKING_PAUSE_MS, () => {
          this.#work();
        });
        return;
      }
      const done = this.#tryWorkOn(work, until);
      if (done) this.#inbox.shift();
      if (!done || this.#world.clockMs() >= until) {
        this.#trim();
        this.#world.soon(() => {
          this.#work();
        });
        return;
      }
    }
    this.#trim();
    this.#working = false;
    this.#laying.runWhenRested();
  }

  /** As `#workOn`; work that fails is told and left, so that what comes after it is done. */
  #tryWorkOn(work: Work, until: number): boolean {
    try {
      return this.#workOn(work, until);
    } catch (error) {
      this.#tellProblem(error);
      // The line that failed was stepped over.
      return work.type !== "events";
    }
  }

  /** Whether it is done; else the time is up. */
  #workOn(work: Work, until: number): boolean {
    switch (work.type) {
      case "events":
        return this.#readLines(work, until);
      case "gap":
        this.#reader.readGap(work.gap, work.source, this.#tree);
        this.#countWaiting();
        return true;
      case "sourceRemoved":
        this.#tree.removeSource(work.id);
        this.#otherLines.delete(work.id);
        return true;
      case "export": {
        const shown = work.scope === "shown";
        const { rows } = this.#tree;
        const wanted = (row: number): boolean =>
          rows.kind.get(row) !== GROUP && (!shown || rows.has(row, FLAG.matched));
        this.#exports.set(work.id, new Exporter(rows, this.#lines, wanted));
        this.#tellExport(work.id);
        return true;
      }
    }
  }

  #readLines(work: Extract<Work, { readonly type: "events" }>, until: number): boolean {
    const { source } = work;
    const lines = (this.#text ??= utf8.decode(work.lines));
    let read = 0;
    while (this.#lineAt < lines.length) {
      const newline = lines.indexOf("\n", this.#lineAt);
      const end = newline === -1 ? lines.length : newline;
      const line = lines.slice(this.#lineAt, end);
      this.#lineAt = end + 1;
      if (line === "") continue;
      if (this.#reader.read(line, source, this.#tree)) this.#countWaiting();
      else this.#treeChanged(false);
      if (++read % LINES_BETWEEN_LOOKS !== 0) continue;
      if (this.#world.clockMs() >= until || this.#lines.packing > MAX_PACKING) return false;
    }
    this.#text = undefined;
    this.#lineAt = 0;
    this.#world.post({ type: "consumed", source, batch: work.batch });
    return true;
  }

  #countWaiting(): void {
    if (this.#paused === undefined) return;
    this.#waiting++;
    this.#laying.request(READING_MS);
  }

  #trim(): void {
    const { texts, programs, facts } = this.#tree;
    if (this.#isFull(1)) this.#dropped += this.#tree.trim(() => this.#isFull(KEPT_AFTER_TRIM));
    if (texts.released + programs.released + facts.released < RECYCLE_FROM) return;
    // The predicate remembers texts by their numbers.
    this.#compile();
    this.#matching.setPredicate(this.#predicate);
    for (const table of [texts, programs, facts]) table.recycle();
  }

  /** Whether it holds more than this share of what it may hold. */
  #isFull(share: number): boolean {
    const { text, packedBytes } = this.#world.limits;
    return (
      this.#tree.rows.size > Math.floor(this.#eventsKept * share) ||
      this.#tree.texts.weight > text * share ||
      this.#lines.packedBytes > packedBytes * share
    );
  }

  /** While paused, only what goes changes what is shown. */
  #treeChanged(gone: boolean): void {
    if (this.#paused === undefined || gone) this.#layoutStale = true;
    if (!this.#shown) return;
    this.#laying.request(this.#working ? READING_MS : 0);
    if (this.#paused === undefined) this.#timing.request();
  }

  /** What the user did is seen at once. */
  #changedByUser(): void {
    this.#layoutStale = true;
    this.#laying.run();
  }

  get #layout(): Layout {
    return {
      fold: this.#foldRepeats,
      paused: this.#paused !== undefined,
      top: this.#matching.top,
      complete: !this.#matching.filtering,
    };
  }

  #layOut(): void {
    this.#matching.refresh();
    this.#visible.layOut(this.#layout);
    this.#layoutStale = false;
  }

  #indexOf(id: number | undefined): number | undefined {
    return id === undefined ? undefined : this.#visible.indexOf(id);
  }

  #tellRows(): void {
    const window = this.#window;
    if (window === undefined || !this.#shown) return;
    const anchorIndex = this.#indexOf(window.anchor);
    const moved =
      anchorIndex === undefined || this.#anchorBefore === undefined ? 0 : anchorIndex - this.#anchorBefore;
    const { length } = this.#visible;
    const first = Math.min(Math.max(0, window.first + moved), Math.max(0, length - window.count));
    const rows = this.#paint(first, Math.min(length, first + window.count));
    if (rows === undefined) {
      this.#layOut();
      this.#tellRows();
      return;
    }
    this.#world.post({
      type: "rows",
      window,
      first,
      rows,
      visibleRows: length,
      anchorIndex,
      counts: this.#counts(),
    });
  }

  /** Undefined when one of them has gone since the last layout. */
  #paint(first: number, end: number): Row[] | undefined {
    const rows: Row[] = [];
    const layout = this.#layout;
    for (let index = first; index < end; index++) {
      const row = this.#painter.paint(index, layout);
      if (row === undefined) return undefined;
      rows.push(row);
    }
    return rows;
  }

  #counts(): ModelCounts {
    if (this.#paused !== undefined) {
      return { ...this.#paused, waiting: this.#waiting, dropped: this.#dropped };
    }
    const { total, shown, failed, running } = this.#tally;
    let { otherLines } = this.#reader;
    for (const lines of this.#otherLines.values()) otherLines += lines;
    const { lost } = this.#tree;
    return { total, shown, failed, running, lost, otherLines, waiting: 0, dropped: this.#dropped };
  }

  #setFilter(message: FilterMessage): void {
    const begun = this.#world.clockMs();
    const { expression } = message.filter;
    const parsed = parseExpression(expression);
    const error = "error" in parsed ? parsed.error : undefined;
    if (!("error" in parsed)) {
      this.#expression = parsed.terms.length === 0 ? undefined : parsed;
      this.#compile();
    }
    this.#filter = message;
    this.#matching.setFilter({ ...this.#filter, predicate: this.#predicate });
    this.#changedByUser();
    this.#timing.run();
    const tookMs = this.#world.clockMs() - begun;
    this.#world.post({ type: "filtered", expression, error, tookMs });
  }

  #compile(): void {
    this.#predicate =
      this.#expression === undefined ? undefined : compileFilter(this.#expression, this.#world.nowMs());
  }

  #timePasses(): void {
    if (this.#shown && this.#predicate?.dependsOnTime === true && this.#paused === undefined) {
      this.#predicate.setNow(this.#world.nowMs());
      this.#matching.markStale();
      this.#treeChanged(false);
    }
    this.#world.later(CLOCK_PERIOD_MS, () => {
      this.#timePasses();
    });
  }

  #expand(id: number, expanded: boolean): void {
    if (parseFoldId(id) !== undefined) this.#visible.openFold(id, expanded);
    else {
      const row = this.#tree.rows.rowOf(id);
      if (row === NONE) return;
      if (expanded) this.#tree.rows.unmark(row, FLAG.collapsed);
      else this.#tree.rows.mark(row, FLAG.collapsed);
    }
    this.#changedByUser();
  }

  #pause(paused: boolean): void {
    if (paused === (this.#paused !== undefined)) return;
    if (paused && this.#layoutStale) this.#layOut();
    this.#paused = paused ? this.#counts() : undefined;
    this.#waiting = 0;
    this.#tree.late = paused;
    const { rows } = this.#tree;
    if (!paused) for (let row = 0; row < rows.length; row++) rows.unmark(row, FLAG.late | FLAG.lateEnd);
    this.#timing.request();
    this.#changedByUser();
  }

  #reveal(id: number): void {
    const row = this.#tree.rows.rowOf(id);
    if (row !== NONE) {
      openAbove(this.#tree, row);
      this.#layOut();
      const fold = this.#visible.indexOf(id) === undefined ? this.#visible.foldHolding(row) : undefined;
      if (fold !== undefined) this.#visible.openFold(fold, true);
      this.#changedByUser();
    }
    this.#world.post({ type: "place", row: id, index: this.#visible.indexOf(id) });
  }

  /** Answers that have to wait for lines keep their order. */
  #answer(task: () => Promise<void>): void {
    this.#answers = this.#answers.then(task).catch((error: unknown) => {
      this.#tellProblem(error);
    });
  }

  #tellProblem(error: unknown): void {
    const why = error instanceof Error ? error.message : String(error);
    this.#world.post({ type: "problem", message: `the process tree has a fault, please report it: ${why}` });
  }

  async #tellDetails(id: number): Promise<void> {
    const index = this.#visible.indexOf(id);
    const row = this.#tree.rows.rowOf(id);
    const layout = this.#layout;
    let summary: Row | undefined;
    if (index !== undefined) summary = this.#painter.paint(index, layout);
    else if (row !== NONE) summary = this.#painter.paintRow(row, layout, undefined);
    const details = summary === undefined ? undefined : await detailsOf(this.#tree, this.#lines, id, summary);
    this.#world.post({ type: "details", details });
  }

  #tellExport(id: number): void {
    this.#answer(async () => {
      const part = await this.#exports.get(id)?.next();
      if (part === undefined || !this.#exports.has(id)) return;
      if (part.done) this.#exports.delete(id);
      this.#world.post({ type: "exported", id, ...part });
    });
  }
}
