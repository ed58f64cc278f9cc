import uPlot from "uplot";
import type { Timeline } from "../worker/workerMessages.ts";
import { element } from "./element.ts";
import { FrameScheduler } from "./frameScheduler.ts";
import { lossRanges, timelineSeries, timelineSummary } from "./timelineData.ts";
import type { TimeRange } from "./timelineData.ts";
import { formatTicks } from "./timeText.ts";
import { t } from "../text/translate.ts";

const HEIGHT = 84;

/** Execs per second over time: failures on top of the bars, bands where something was lost; drag selects a range. */
export class TimelineChart {
  readonly element = element("div", "timeline", { attributes: { role: "img" } });
  readonly #frames = new FrameScheduler(() => {
    this.#paint();
  });
  #chart: uPlot | undefined;
  /** As the browser told it: to ask for it while painting would make it lay out the page once more. */
  #width = 0;
  #timeline: Timeline | undefined;
  #range: TimeRange | undefined;
  readonly #selected: (range: TimeRange) => void;

  constructor(selected: (range: TimeRange) => void) {
    this.#selected = selected;
    this.element.append(element("span", "timeline-title", { text: t("execs per second") }));
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
    this.element.setAttribute("aria-label", timelineSummary(timeline));
    this.#chart ??= this.#create();
    this.#chart.setData([times, all, succeeded]);
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
        padding: [6, 8, 0, 8],
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
            values: (_chart, seconds) => formatTicks(seconds.map((one) => one * 1_000)),
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
    const draw = (range: TimeRange, fill: string, alpha: number): void => {
      const left = chart.valToPos(range[0] / 1_000, "x", true);
      const width = chart.valToPos(range[1] / 1_000, "x", true) - left;
      chart.ctx.globalAlpha = alpha;
      chart.ctx.fillStyle = fill;
      chart.ctx.fillRect(left, chart.bbox.top, Math.max(2, width), chart.bbox.height);
    };
    chart.ctx.save();
    if (this.#range !== undefined) draw(this.#range, color("--bar"), 0.2);
    for (const band of bands) draw(band, color("--loss"), 0.35);
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

/** Canvas takes no CSS variables: they are resolved through an element's colour. */
function colorsOf(place: HTMLElement): (name: string) => string {
  const probe = element("span", "");
  place.append(probe);
  const names = ["--faint", "--failed", "--bar", "--loss"];
  const resolved = new Map(
    names.map((name) => {
      probe.style.color = `var(${name})`;
      return [name, getComputedStyle(probe).color];
    }),
  );
  probe.remove();
  return (name) => resolved.get(name) ?? "gray";
}
