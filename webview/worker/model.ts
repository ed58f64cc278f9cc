import type { Source } from "../../protocol/webviewMessages.ts";
import { ActiveExpression } from "./shown/activeExpression.ts";
import { Arrivals } from "./lines/arrivals.ts";
import type { EventsWork, Work } from "./lines/arrivals.ts";
import { BatchReader } from "./lines/batchReader.ts";
import { EventReader } from "./lines/eventReader.ts";
import { Exports } from "./lines/exports.ts";
import { Launchers } from "./tree/launchers.ts";
import { LineStore } from "./lines/lineStore.ts";
import type { TextPacker } from "./lines/lineStore.ts";
import { Matching } from "./shown/matching.ts";
import { ModelCounter } from "./modelCounter.ts";
import { ProcessTree } from "./tree/processTree.ts";
import { RestingTask } from "./restingTask.ts";
import { Retention } from "./tree/retention.ts";
import type { RetentionLimits } from "./tree/retention.ts";
import { detailsOf } from "./shown/rowDetails.ts";
import { RowPainter } from "./shown/rowPainter.ts";
import { RowsTeller } from "./shown/rowsTeller.ts";
import { FLAG, NONE } from "./tree/rowTable.ts";
import { Tally } from "./shown/tally.ts";
import { collapseBelow, openAbove, setExpanded } from "./tree/treeFolding.ts";
import { TreeListeners } from "./tree/treeListener.ts";
import { VisibleRows } from "./shown/visibleRows.ts";
import type { Layout } from "./shown/visibleRows.ts";
import type { FromWorker, Row, ToWorker } from "./workerMessages.ts";
import { WorkQueue } from "./workQueue.ts";
import type { WorkTime } from "./workQueue.ts";

/** What the model needs of the world. Times of `clockMs` are for measuring, those of `nowMs` since 1970. */
export interface ModelWorld extends WorkTime {
  post(message: FromWorker): void;
  nowMs(): number;
  readonly packer: TextPacker;
  readonly limits: RetentionLimits;
}

/** Chunks of lines that may wait to be packed. */
const MAX_PACKING = 8;
/** A frame: who looks sees no more often what is new. */
const LEAST_PERIOD_MS = 16;
/** While there is more to read, what was read so far waits for the rest for so long. */
const READING_MS = 25;
/** The same while large batches wait, as when a log is opened: painting each few would take longer than reading them. */
const LOADING_MS = 100;
const TIMELINE_PERIOD_MS = 250;
const CLOCK_PERIOD_MS = 1_000;
/** What was lost longer ago is of a recorded log, or of what was kept from before. */
const NEWS_MS = 60_000;
const NO_FILTER: FilterMessage = {
  type: "filter",
  filter: { usernames: [], workspaces: [], expression: "" },
  range: undefined,
  subtree: undefined,
  hidden: [],
};

type FilterMessage = Extract<ToWorker, { readonly type: "filter" }>;

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
  readonly #teller: RowsTeller;
  readonly #counter: ModelCounter;
  readonly #retention: Retention;
  readonly #expression: ActiveExpression;
  readonly #exports: Exports;
  readonly #batches: BatchReader;
  readonly #arrivals: Arrivals;
  readonly #queue: WorkQueue<Work>;
  readonly #laying: RestingTask;
  readonly #timing: RestingTask;
  #foldRepeats = true;
  #shown = true;
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
    this.#teller = new RowsTeller(this.#visible, this.#painter);
    this.#counter = new ModelCounter(this.#tally, {
      otherLines: () => this.#reader.otherLines,
      lost: () => this.#tree.lost,
      grouped: () => this.#tree.groups.execs,
    });
    this.#retention = new Retention(this.#tree, this.#lines, world.limits);
    this.#expression = new ActiveExpression(() => world.nowMs());
    this.#exports = new Exports(this.#tree.rows, this.#lines);
    this.#batches = new BatchReader(this.#lines, (line, source, index) => {
      if (this.#reader.read(line, source, index, this.#tree)) this.#countWaiting();
      else this.#treeChanged(false);
    });
    this.#arrivals = new Arrivals(
      world.packer,
      (work) => {
        this.#queue.add(work);
      },
      (error) => {
        this.#tellProblem(error);
      },
    );
    this.#queue = new WorkQueue<Work>(world, {
      work: (work, untilMs) => this.#tryWorkOn(work, untilMs),
      isHeld: () => this.#isPackingBehind(),
      held: () => {
        this.#laying.runWhenRested();
      },
      rested: () => {
        this.#trim();
      },
      emptied: () => {
        if (!this.#arrivals.busy) this.#laying.runWhenRested();
      },
    });
    listeners.listen(this.#matching);
    listeners.listen({
      added: (row) => {
        this.#launchers.add(row);
        this.#countLately(row);
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
        this.#arrivals.add(message);
        return;
      case "options":
        this.#foldRepeats = message.foldRepeats;
        this.#retention.setEventsKept(message.eventsKept);
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
        this.#teller.setWindow(message.window);
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
        if (setExpanded(this.#tree, this.#visible, message.row, message.expanded)) this.#changedByUser();
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
        this.#exports.cancel(message.id);
        return;
    }
  }

  #setSource(source: Source): void {
    this.#reader.setSource(source);
    const { state } = source;
    this.#counter.setOtherLines(source.id, state.type === "read" ? state.otherLines : 0);
    this.#laying.request();
  }

  /** As `#workOn`; work that fails is told and left, so that what comes after it is done. */
  #tryWorkOn(work: Work, untilMs: number): boolean {
    try {
      return this.#workOn(work, untilMs);
    } catch (error) {
      this.#tellProblem(error);
      // The line that failed was stepped over.
      return work.type !== "events";
    }
  }

  /** Whether it is done; else the time is up. */
  #workOn(work: Work, untilMs: number): boolean {
    switch (work.type) {
      case "events":
        return this.#readLines(work, untilMs);
      case "gap":
        this.#reader.readGap(work.gap, work.source, this.#tree);
        this.#countWaiting();
        return true;
      case "lostLines":
        this.#reader.loseLines(work.lines, work.source, this.#tree);
        this.#countWaiting();
        return true;
      case "sourceRemoved":
        this.#tree.removeSource(work.id);
        this.#counter.removeSource(work.id);
        return true;
      case "export":
        this.#exports.start(work.id, work.scope);
        this.#tellExport(work.id);
        return true;
    }
  }

  #readLines(work: EventsWork, untilMs: number): boolean {
    const { source, batch } = work;
    const isTimeUp = (): boolean => this.#world.clockMs() >= untilMs || this.#isPackingBehind();
    const done = this.#batches.read(work, isTimeUp);
    if (done) this.#world.post({ type: "consumed", source, batch });
    return done;
  }

  #isPackingBehind(): boolean {
    return this.#lines.packing > MAX_PACKING;
  }

  #countLately(row: number): void {
    const loss = this.#tree.losses.get(row);
    if (loss === undefined || loss.kind === "process") return;
    const nowMs = this.#world.nowMs();
    const isNews = (loss.lastMs ?? loss.firstMs ?? nowMs) > nowMs - NEWS_MS;
    if (isNews) this.#counter.lostLately += loss.count ?? 0;
  }

  #countWaiting(): void {
    if (!this.#counter.paused) return;
    this.#counter.wait();
    this.#laying.request(READING_MS);
  }

  #trim(): void {
    this.#counter.dropped += this.#retention.trim();
    if (!this.#retention.isRecyclingDue) return;
    this.#expression.renew();
    this.#matching.setPredicate(this.#expression.predicate);
    this.#retention.recycle();
  }

  /** While paused, only what goes changes what is shown. */
  #treeChanged(gone: boolean): void {
    if (!this.#counter.paused || gone) this.#layoutStale = true;
    if (!this.#shown) return;
    this.#laying.request(this.#arrivals.busy ? LOADING_MS : this.#queue.working ? READING_MS : 0);
    if (!this.#counter.paused) this.#timing.request();
  }

  /** What the user did is seen at once. */
  #changedByUser(): void {
    this.#layoutStale = true;
    this.#laying.run();
  }

  get #layout(): Layout {
    return {
      fold: this.#foldRepeats,
      paused: this.#counter.paused,
      top: this.#matching.top,
      complete: !this.#matching.filtering,
    };
  }

  #layOut(): void {
    this.#matching.refresh();
    this.#visible.layOut(this.#layout);
    this.#layoutStale = false;
  }

  #tellRows(): void {
    if (!this.#shown) return;
    const rows = this.#teller.rows(this.#layout, this.#counter.counts());
    if (rows === undefined) return;
    if (rows !== "stale") {
      this.#world.post(rows);
      return;
    }
    this.#layOut();
    this.#tellRows();
  }

  #setFilter(message: FilterMessage): void {
    const begun = this.#world.clockMs();
    const { expression } = message.filter;
    const error = this.#expression.set(expression);
    this.#matching.setFilter({ ...message, predicate: this.#expression.predicate });
    this.#changedByUser();
    this.#timing.run();
    const tookMs = this.#world.clockMs() - begun;
    this.#world.post({ type: "filtered", expression, error, tookMs });
  }

  #timePasses(): void {
    if (this.#shown && !this.#counter.paused && this.#expression.advance()) {
      this.#matching.markStale();
      this.#treeChanged(false);
    }
    this.#world.later(CLOCK_PERIOD_MS, () => {
      this.#timePasses();
    });
  }

  #pause(paused: boolean): void {
    if (paused === this.#counter.paused) return;
    if (paused && this.#layoutStale) this.#layOut();
    this.#counter.setPaused(paused);
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
      const part = await this.#exports.next(id);
      if (part !== undefined) this.#world.post({ type: "exported", id, ...part });
    });
  }
}
