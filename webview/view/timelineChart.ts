import uPlot from "uplot";
import type { Timeline } from "../worker/workerMessages.ts";
import { element, setAttribute } from "./element.ts";
import { FrameScheduler } from "./frameScheduler.ts";
import { cursorRange, cursorStep, latestCursor } from "./timelineCursor.ts";
import type { TimelineCursor } from "./timelineCursor.ts";
import { lossRanges, rangeSummary, timelineSeries, timelineSummary } from "./timelineData.ts";
import type { TimeRange } from "./timelineData.ts";
import { formatTicks } from "./timeText.ts";
import { t } from "../../protocol/text/translate.ts";

const HEIGHT = 84;
/** At either side of the chart; and how wide a character of a tick's label is at most: pixels. */
const PADDING = 8;
const TICK_CHARACTER = 6.5;
/** What is chosen by key is seen, however narrow its bars are; pixels of the canvas. */
const LEAST_CURSOR = 4;

/**
 * Execs per second over time: failures on top of the bars, bands where something was lost. A range is chosen by dragging,
 * or by the keys of `timelineCursor.ts`.
 */
export class TimelineChart {
  readonly element = element("div", "timeline", {
    title: keysText(),
    // Its value is the time of the bar that the keyboard is at; in words, what the chosen range holds.
    attributes: { role: "slider", tabindex: "0", "aria-valuenow": "0" },
  });
  readonly #title = element("span", "timeline-title");
  readonly #frames = new FrameScheduler(() => {
    this.#paint();
  });
  #chart: uPlot | undefined;
  /** As the browser told it: to ask for it while painting would make it lay out the page once more. */
  #width = 0;
  #timeline: Timeline | undefined;
  #range: TimeRange | undefined;
  /** Of the keyboard, while it is here. */
  #cursor: TimelineCursor | undefined;
  readonly #selected: (range: TimeRange | undefined) => void;
  readonly #now: () => number;

  /** `selected` is told of the range that the user chose, or that none is wanted any more. */
  constructor(selected: (range: TimeRange | undefined) => void, now: () => number) {
    this.#selected = selected;
    this.#now = now;
    this.element.append(this.#title);
    this.#tellCursor();
    this.element.addEventListener("focus", () => {
      // A click is of the mouse, which drags.
      if (this.#timeline !== undefined && this.element.matches(":focus-visible"))
        this.#moveTo(latestCursor(this.#timeline));
    });
    this.element.addEventListener("blur", () => {
      this.#moveTo(undefined);
    });
    this.element.addEventListener("keydown", (event) => {
      this.#keyDown(event);
    });
    new ResizeObserver((entries) => {
      this.#width = entries.at(-1)?.contentRect.width ?? 0;
      if (this.#width === 0) return;
      this.#chart?.setSize({ width: this.#width, height: HEIGHT });
      this.#frames.request();
    }).observe(this.element);
    // The theme's colours are in the canvas: another theme needs another picture.
    new MutationObserver(() => {
      this.#chart?.destroy();
      this.#chart = undefined;
      this.#frames.request();
    }).observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style"] });
  }

  setTimeline(timeline: Timeline): void {
    this.#timeline = timeline;
    this.#frames.request();
  }

  /** Marks the range that the filter keeps. */
  setRange(range: TimeRange | undefined): void {
    this.#range = range;
    this.#frames.request();
  }

  setHidden(hidden: boolean): void {
    this.#frames.setHidden(hidden);
  }

  #paint(): void {
    const timeline = this.#timeline;
    if (timeline === undefined || this.#width === 0) return;
    const { times, all, succeeded } = timelineSeries(timeline);
    setAttribute(this.element, "aria-label", timelineSummary(timeline));
    setAttribute(this.element, "aria-valuemin", String(timeline.firstMs));
    setAttribute(this.element, "aria-valuemax", String(latestCursor(timeline).headMs));
    if (this.#cursor === undefined)
      setAttribute(this.element, "aria-valuenow", String(latestCursor(timeline).headMs));
    this.#chart ??= this.#create();
    this.#chart.setData([times, all, succeeded]);
  }

  #keyDown(event: KeyboardEvent): void {
    const timeline = this.#timeline;
    if (timeline === undefined || timeline.succeeded.length === 0) return;
    const cursor = this.#cursor ?? latestCursor(timeline);
    const step = cursorStep(event, cursor, timeline);
    if (step === undefined) return;
    event.preventDefault();
    switch (step.type) {
      case "move":
        this.#moveTo(step.cursor);
        return;
      case "apply":
        this.#selected(cursorRange(cursor, timeline));
        return;
      case "clear":
        this.#moveTo({ ...cursor, anchorMs: cursor.headMs });
        if (this.#range !== undefined) this.#selected(undefined);
        return;
    }
  }

  #moveTo(cursor: TimelineCursor | undefined): void {
    this.#cursor = cursor;
    this.#tellCursor();
    this.#frames.request();
  }

  /** In words, for who hears it and for who sees it. */
  #tellCursor(): void {
    const timeline = this.#timeline;
    if (this.#cursor === undefined || timeline === undefined) {
      this.#title.textContent = t("execs per second");
      this.element.removeAttribute("aria-valuetext");
      return;
    }
    const summary = rangeSummary(timeline, cursorRange(this.#cursor, timeline), this.#now());
    this.element.setAttribute("aria-valuetext", summary);
    this.element.setAttribute("aria-valuenow", String(this.#cursor.headMs));
    this.#title.textContent = `${summary} · ${keysText()}`;
  }

  #create(): uPlot {
    const color = colorsOf(this.element);
    const bars = uPlot.paths.bars?.({ size: [0.85, 12], align: 1 });
    const series = (fill: string): uPlot.Series => ({
      fill,
      width: 0,
      points: { show: false },
      ...(bars === undefined ? {} : { paths: bars }),
    });
    const axis: uPlot.Axis = {
      stroke: color("--faint"),
      font: `10px ${getComputedStyle(this.element).fontFamily}`,
      grid: { show: false },
      ticks: { show: false },
      size: 18,
      gap: 2,
    };
    return new uPlot(
      {
        width: this.#width,
        height: HEIGHT,
        padding: [6, PADDING, 0, PADDING],
        legend: { show: false },
        cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
        scales: {
          x: { time: true, range: () => this.#span() },
          // One exec is seen, however long the time that its bar stands for.
          y: {
            range: (_chart, _least, most) => [0, Math.max(1_000 / (this.#timeline?.bucketMs ?? 1_000), most)],
          },
        },
        axes: [
          {
            ...axis,
            space: 90,
            values: (chart, seconds) => {
              const labels = formatTicks(seconds.map((one) => one * 1_000));
              return labels.map((label, index) => (fits(chart, seconds[index] ?? 0, label) ? label : ""));
            },
          },
          { show: false },
        ],
        series: [{}, series(color("--failed")), series(color("--bar"))],
        hooks: {
          drawClear: [
            (chart) => {
              this.#drawBands(chart, color);
            },
          ],
          setSelect: [
            (chart) => {
              this.#select(chart);
            },
          ],
        },
      },
      [[], [], []],
      this.element,
    );
  }

  /** At least a minute, so that the first events do not fill the whole width. */
  #span(): [number, number] {
    const timeline = this.#timeline;
    if (timeline === undefined || timeline.succeeded.length === 0) return [0, 60];
    const first = timeline.firstMs / 1_000;
    const end = first + (timeline.succeeded.length * timeline.bucketMs) / 1_000;
    return [Math.min(first, end - 60), end];
  }

  #drawBands(chart: uPlot, color: (name: string) => string): void {
    const bands = this.#timeline === undefined ? [] : lossRanges(this.#timeline);
    const draw = (range: TimeRange, fill: string, alpha: number, least = 2): void => {
      const left = chart.valToPos(range[0] / 1_000, "x", true);
      const width = chart.valToPos(range[1] / 1_000, "x", true) - left;
      chart.ctx.globalAlpha = alpha;
      chart.ctx.fillStyle = fill;
      chart.ctx.fillRect(left, chart.bbox.top, Math.max(least, width), chart.bbox.height);
    };
    chart.ctx.save();
    if (this.#range !== undefined) draw(this.#range, color("--bar"), 0.2);
    for (const band of bands) draw(band, color("--loss"), 0.35);
    if (this.#cursor !== undefined && this.#timeline !== undefined)
      draw(cursorRange(this.#cursor, this.#timeline), color("--vscode-focusBorder"), 0.6, LEAST_CURSOR);
    chart.ctx.restore();
  }

  #select(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 3) return;
    const range: TimeRange = [chart.posToVal(left, "x") * 1_000, chart.posToVal(left + width, "x") * 1_000];
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#selected(range);
  }
}

/** Whether the label of a tick is whole within the chart: one that is cut says another time. */
function fits(chart: uPlot, seconds: number, label: string): boolean {
  const at = PADDING + chart.valToPos(seconds, "x");
  const half = (label.length * TICK_CHARACTER) / 2;
  return at - half >= 0 && at + half <= chart.width;
}

function keysText(): string {
  return t("Time range: drag, or ← → with Shift to extend, Enter to apply, Escape to end it");
}

/** Canvas takes no CSS variables: they are resolved through an element's colour. */
function colorsOf(place: HTMLElement): (name: string) => string {
  const probe = element("span", "");
  place.append(probe);
  const names = ["--faint", "--failed", "--bar", "--loss", "--vscode-focusBorder"];
  const resolved = new Map(
    names.map((name) => {
      probe.style.color = `var(${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return (name) => resolved.get(name) ?? "gray";
}
