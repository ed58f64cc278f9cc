import type {
  HostMessage,
  RowAction,
  Source,
  ViewCommand,
  ViewSettings,
} from "../protocol/webviewMessages.ts";
import { DetailsRequests } from "./detailsRequests.ts";
import { FilterControl } from "./filterControl.ts";
import { rowActionResult } from "./rowAction.ts";
import { RowDetailsControl } from "./rowDetailsControl.ts";
import type { Model } from "./startWorker.ts";
import { Announcer } from "./view/announcer.ts";
import { DetailsPane } from "./view/detailsPane.ts";
import { element } from "./view/element.ts";
import { emptyState } from "./view/emptyState.ts";
import { FilterBox } from "./view/filterBox.ts";
import { isNarrowed, NO_FILTER } from "./view/filterChips.ts";
import { FrameScheduler } from "./view/frameScheduler.ts";
import { EmptyArea, NoticeArea } from "./view/messageArea.ts";
import { noticesOf } from "./view/notices.ts";
import { formatCount } from "./view/numberText.ts";
import { isSameDay } from "./view/timeText.ts";
import { throttle } from "./view/throttle.ts";
import { TimelineChart } from "./view/timelineChart.ts";
import { Toolbar } from "./view/toolbar.ts";
import { TreeGrid } from "./view/grid/treeGrid.ts";
import { parseViewState } from "./viewState.ts";
import type { ViewState } from "./viewState.ts";
import type { VsCodeApi } from "./vsCodeApi.ts";
import { NO_COUNTS } from "./worker/workerMessages.ts";
import type { FromWorker, ModelCounts } from "./worker/workerMessages.ts";
import { t } from "../protocol/text/translate.ts";

const STATUS_PERIOD_MS = 250;
const CLOCK_PERIOD_MS = 1_000;

const FIRST_SETTINGS: ViewSettings = {
  columns: ["pid", "user", "workspace", "started", "duration", "exit"],
  foldRepeats: true,
  timeFormat: "local",
  eventsKept: 1_000_000,
};

/** The whole page: passes on what the host, the model and the user say to each other, and paints. */
export class StreamView {
  readonly element: HTMLElement;
  readonly #api: VsCodeApi;
  readonly #model: Model;
  readonly #now: () => number;
  readonly #grid: TreeGrid;
  readonly #toolbar: Toolbar;
  readonly #filterBox: FilterBox;
  readonly #filter: FilterControl;
  readonly #details: DetailsPane;
  readonly #timeline: TimelineChart;
  readonly #notices = new NoticeArea();
  readonly #empty: EmptyArea;
  readonly #announcer = new Announcer();
  readonly #jump = element("button", "jump", { attributes: { type: "button" } });
  readonly #sources = new Map<string, Source>();
  readonly #requests: DetailsRequests;
  readonly #rowDetails: RowDetailsControl;
  readonly #frames = new FrameScheduler(() => {
    this.#paint();
  });
  readonly #tellStatus = throttle(STATUS_PERIOD_MS, (counts: ModelCounts) => {
    const { total, shown, failed, lostLately: lost, waiting } = counts;
    const { full } = this.#filter;
    this.#api.postMessage({
      type: "status",
      status: {
        ...{ total, shown, failed, lost, paused: this.#paused, waiting },
        ...{ range: full.range, narrowed: isNarrowed(full) },
      },
    });
  });
  #state: ViewState;
  #settings = FIRST_SETTINGS;
  #counts = NO_COUNTS;
  /** Of any kind: losses are rows, too. */
  #rows = 0;
  #problems = 0;
  #paused = false;
  #pageVisible = true;
  #panelVisible = true;
  /** When the rows' times were last put into words. */
  #lookMs = 0;
  /** Execs that were shown when following ended, or when the filter changed since. */
  #seen = 0;

  constructor(api: VsCodeApi, model: Model, now: () => number) {
    this.#api = api;
    this.#model = model;
    this.#now = now;
    this.#state = parseViewState(api.getState());
    this.#filterBox = new FilterBox(
      (expression) => {
        this.#filter.change({ filter: { ...this.#filter.full.filter, expression } });
      },
      () => {
        this.#grid.element.focus();
      },
    );
    this.#toolbar = new Toolbar(this.#filterBox.element, {
      follow: () => {
        this.#grid.setFollowing(!this.#grid.following);
      },
      pause: () => {
        this.#setPaused(!this.#paused);
      },
      columns: (columns) => {
        this.#changeSettings({ ...this.#settings, columns });
      },
      fold: (foldRepeats) => {
        this.#changeSettings({ ...this.#settings, foldRepeats });
      },
      exportEvents: () => {
        this.#command("export");
      },
      details: () => {
        this.#rowDetails.toggle();
      },
    });
    this.#details = new DetailsPane({
      copy: (text) => {
        api.postMessage({ type: "copy", text });
      },
      reveal: (row) => {
        model.post({ type: "reveal", row });
      },
      act: (action, row) => {
        this.#rowAction(action, row);
      },
      command: (command) => {
        this.#command(command);
      },
      close: () => {
        this.#rowDetails.setOpen(false);
        this.#grid.element.focus();
      },
      left: () => {
        this.#grid.element.focus();
      },
    });
    this.#requests = new DetailsRequests((row) => {
      model.post({ type: "details", row });
    });
    this.#rowDetails = new RowDetailsControl(this.#details, this.#requests, this.#state.detailsOpen, {
      shown: (shown) => {
        this.element.classList.toggle("with-details", shown);
        this.#toolbar.setDetailsOpen(shown);
      },
      wanted: (detailsOpen) => {
        this.#keep({ detailsOpen });
      },
    });
    this.#grid = new TreeGrid({
      post: (message) => {
        model.post(message);
      },
      selected: (row) => {
        this.#rowDetails.select(row);
      },
      following: (following) => {
        this.#seen = this.#counts.shown;
        this.#toolbar.setFollowing(following);
        this.#frames.request();
      },
      resized: (widths) => {
        this.#keep({ widths });
      },
      asked: (what) => {
        this.#asked(what);
      },
    });
    this.#timeline = new TimelineChart((range) => {
      this.#filter.change({ range });
    }, now);
    this.#filter = new FilterControl(
      this.#filterBox,
      this.#timeline,
      {
        applied: ({ filter, range, subtree, hidden }) => {
          model.post({ type: "filter", filter, range, subtree: subtree?.row, hidden });
        },
        changed: () => {
          this.#tellStatus(this.#counts);
        },
        shared: (filter) => {
          api.postMessage({ type: "filter", filter });
        },
      },
      now,
    );
    this.#empty = new EmptyArea((command) => {
      this.#command(command);
    });
    this.#jump.addEventListener("click", () => {
      this.#grid.setFollowing(true);
      this.#grid.element.focus();
    });
    this.element = this.#compose();
  }

  /** Applies the settings and the state of the last time; to be called once the element is in the page. */
  start(): void {
    this.#toolbar.setFollowing(true);
    this.#toolbar.setPaused(false, 0);
    this.#applySettings(FIRST_SETTINGS);
    const { expression } = this.#state;
    this.#filter.setShared({ ...NO_FILTER.filter, expression });
    this.#rowDetails.select(undefined);
    this.setPageVisible(document.visibilityState === "visible");
    this.#frames.request();
    setInterval(() => {
      this.#tick();
    }, CLOCK_PERIOD_MS);
    this.#api.postMessage({ type: "ready" });
  }

  /** The browser's word on whether the page can be seen. */
  setPageVisible(visible: boolean): void {
    this.#pageVisible = visible;
    this.#applyVisible();
  }

  /** Something went wrong in the page: the extension's log says what, and the page that it did. */
  tellProblem(message: string): void {
    this.#problems++;
    this.#api.postMessage({ type: "problem", message });
    this.#frames.request();
  }

  /** What the extension says. */
  fromHost(message: HostMessage): void {
    switch (message.type) {
      case "settings":
        this.#applySettings(message.settings);
        return;
      case "source":
        this.#sources.set(message.source.id, message.source);
        this.#model.post(message);
        this.#frames.request();
        return;
      case "sourceRemoved":
        this.#sources.delete(message.id);
        this.#model.post(message);
        this.#frames.request();
        return;
      case "filter":
        this.#filter.setShared(message.filter);
        return;
      case "pause":
      case "resume":
        this.#setPaused(message.type === "pause");
        return;
      case "rowAction":
        this.#rowAction(message.action, message.row);
        return;
      case "focusFilter":
        this.#filterBox.focus();
        return;
      case "clearNarrowing":
        this.#filter.clearOwn();
        return;
      case "visible":
        this.#panelVisible = message.visible;
        this.#applyVisible();
        return;
      case "events":
      case "gap":
      case "export":
      case "exportNext":
      case "exportCancel":
        this.#model.post(message);
        return;
    }
  }

  /** What the model says. */
  fromModel(message: FromWorker): void {
    switch (message.type) {
      case "rows":
        this.#counts = message.counts;
        this.#rows = message.visibleRows;
        if (this.#grid.following) this.#seen = message.counts.shown;
        this.#grid.setRows(message);
        this.#rowDetails.refresh(this.#grid.selectedRow);
        this.#tellStatus(message.counts);
        this.#announcer.tell(message.counts);
        this.#frames.request();
        return;
      case "timeline":
        this.#timeline.setTimeline(message.timeline);
        return;
      case "details":
        this.#requests.answer(message.details);
        return;
      case "place":
        if (message.index === undefined) return;
        this.#grid.goTo(message.index);
        this.#grid.element.focus();
        return;
      case "filtered":
        // The rows that match come before this.
        this.#seen = this.#counts.shown;
        this.#frames.request();
        this.#filterBox.setError(message.expression, message.error);
        if (message.error === undefined) this.#keep({ expression: message.expression });
        this.#filter.answered(message.expression, message.error === undefined);
        return;
      case "problem":
        this.tellProblem(message.message);
        return;
      case "consumed":
      case "exported":
        this.#api.postMessage(message);
        return;
    }
  }

  /** A hidden view paints nothing, and the model tells it nothing. */
  #applyVisible(): void {
    const visible = this.#pageVisible && this.#panelVisible;
    this.#model.post({ type: "visible", visible });
    this.#grid.setHidden(!visible);
    this.#timeline.setHidden(!visible);
    this.#frames.setHidden(!visible);
  }

  #compose(): HTMLElement {
    const stage = element("div", "stage", {}, [this.#grid.element, this.#empty.element, this.#jump]);
    return element("main", "stream", {}, [
      element("h1", "visually-hidden", { text: t("Process stream") }),
      this.#toolbar.element,
      this.#filterBox.parts,
      this.#notices.element,
      this.#timeline.element,
      element("div", "panes", {}, [stage, this.#details.element]),
      this.#announcer.element,
    ]);
  }

  #paint(): void {
    const sources = [...this.#sources.values()];
    const fresh = this.#counts.shown - this.#seen;
    this.#toolbar.setCounts(this.#counts);
    this.#toolbar.setPaused(this.#paused, this.#counts.waiting);
    this.#notices.show(noticesOf(sources, this.#counts, this.#now(), this.#problems));
    this.#empty.show(emptyState(sources, this.#counts, this.#rows));
    // Without an event there is no time that its axis could show.
    this.#timeline.element.style.visibility = this.#counts.total === 0 ? "hidden" : "";
    this.#jump.hidden = this.#grid.following || fresh <= 0;
    this.#jump.textContent = t("↓ {0} new", formatCount(fresh));
  }

  /** Ages and waiting times go on while nothing happens. */
  #tick(): void {
    const states = [...this.#sources.values()].map(({ state }) => state.type);
    if (states.includes("disconnected")) this.#frames.request();
    // Times of another day say so.
    if (this.#settings.timeFormat === "relative" || !isSameDay(this.#lookMs, this.#now())) this.#applyLook();
  }

  #command(command: ViewCommand): void {
    this.#api.postMessage({ type: "command", command });
  }

  #asked(what: "details" | "filter" | "leave"): void {
    switch (what) {
      case "details":
        this.#rowDetails.setOpen(true);
        this.#details.focus();
        return;
      case "filter":
        this.#filterBox.focus();
        return;
      case "leave":
        this.#grid.clearSelection();
        return;
    }
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    this.#model.post({ type: "pause", paused });
    this.#tellStatus(this.#counts);
    this.#frames.request();
  }

  #changeSettings(settings: ViewSettings): void {
    this.#applySettings(settings);
    const { columns, foldRepeats } = settings;
    this.#api.postMessage({ type: "settings", columns, foldRepeats });
  }

  #applySettings(settings: ViewSettings): void {
    this.#settings = settings;
    this.#toolbar.setSettings(settings);
    const { foldRepeats, eventsKept } = settings;
    this.#model.post({ type: "options", foldRepeats, eventsKept });
    this.#applyLook();
  }

  #applyLook(): void {
    const { columns, timeFormat } = this.#settings;
    this.#lookMs = this.#now();
    this.#grid.setLook({ columns, widths: this.#state.widths, timeFormat }, this.#lookMs);
  }

  #rowAction(action: RowAction, row: number): void {
    this.#requests.ask(row, (details) => {
      const result = rowActionResult(action, details, this.#filter.full);
      if (result?.type === "filter") this.#filter.change(result.filter);
      else if (result !== undefined) this.#api.postMessage(result);
    });
  }

  #keep(change: Partial<ViewState>): void {
    this.#state = { ...this.#state, ...change };
    this.#api.setState(this.#state);
  }
}
