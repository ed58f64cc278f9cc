import { setTimeout } from "node:timers/promises";
import type { Browser } from "playwright-core";

import { say } from "../../../scripts/say.mjs";
import type { Figure } from "../../tracer/figure.ts";
import { percentile } from "../../tracer/spread.ts";
import { BenchView } from "../benchView.ts";
import { exampleBatch } from "../exampleEvents.ts";
import { measureHeap } from "../heap.ts";
import { measured } from "../measured.ts";

const BATCH = 1_000;
const utf8 = new TextEncoder();
const FILTERS = [
  ["a word", "socket77"],
  ["a field", "user:user1"],
  ["a field with not", "exit:!0"],
  ["a regex with a literal", "/sock.*77\\.c/"],
  ["a regex without", "/[0-9]7[0-9]\\.[ch]/"],
] as const;

/** `events` events in the view: loading, scrolling, filtering, memory, and the way back to a hidden tab. */
export async function million(browser: Browser, debugPort: number, events: number): Promise<Figure[]> {
  const view = await BenchView.open(browser, 2 * events);
  try {
    await view.forget();
    const begun = performance.now();
    for (let at = 0; at < events; at += BATCH) await view.flow.events(utf8.encode(exampleBatch(at, BATCH)));
    while (view.unanswered > 0) await setTimeout(5);
    const loadMs = performance.now() - begun;
    // The model tells the last ones when it has rested from laying out.
    await view.until(`window.bench.total >= ${events / 2}`, 10_000).catch(() => undefined);
    const loaded = await view.record();
    const longest = Math.max(0, ...loaded.longTasks.map(({ durationMs }) => durationMs));
    const heap = await measureHeap(debugPort, view.page.url());
    say(`heap: ${heap.parts}`);
    const name = `${(events / 1_000).toLocaleString("en-US")},000 events`;
    return [
      measured(`${name}: load, events/s`, undefined, events / (loadMs / 1_000)),
      measured("… execs that are not in the model", 0, events / 2 - loaded.total),
      measured("… longest task while loading, ms", undefined, longest),
      measured("… heap of page and worker, MiB", 600, heap.usedMiB),
      ...(await scrolling(view)),
      ...(await filtering(view)),
      await typing(view),
      await comingBack(view),
    ];
  } finally {
    await view.close();
  }
}

async function scrolling(view: BenchView): Promise<Figure[]> {
  view.post({
    type: "settings",
    settings: {
      columns: ["pid", "user", "workspace", "started", "duration", "exit"],
      foldRepeats: false,
      timeFormat: "local",
      eventsKept: 2_000_000,
    },
  });
  await view.until("window.bench.visibleRows > 100000", 10_000).catch(() => undefined);
  const figures: Figure[] = [];
  for (const [name, pixels] of [
    ["66 px a frame", 66],
    ["a screen a frame", 800],
  ] as const) {
    const frames = await view.frame.evaluate<number[]>(scrollScript(pixels, 600));
    figures.push(measured(`… scrolling ${name}, p95 between frames, ms`, 20, percentile(frames, 0.95), 1));
    figures.push(measured(`… the longest, ms`, undefined, Math.max(...frames), 1));
  }
  return figures;
}

/** From the top down, and in the midst back. */
function scrollScript(pixels: number, frames: number): string {
  return `new Promise((resolve) => {
    const tree = document.querySelector(".tree");
    tree.scrollTop = 0;
    const times = [];
    let last;
    let left = ${frames};
    const frame = (now) => {
      if (last !== undefined) times.push(now - last);
      last = now;
      tree.scrollTop += left > ${frames / 4} ? ${pixels} : -${pixels};
      if (--left > 0) requestAnimationFrame(frame);
      else resolve(times);
    };
    setTimeout(() => requestAnimationFrame(frame), 500);
  })`;
}

async function filtering(view: BenchView): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [name, expression] of FILTERS) {
    const answers: number[] = [];
    for (let run = 0; run < 3; run++) {
      await setFilter(view, "");
      answers.push(await setFilter(view, expression));
    }
    figures.push(measured(`… filter by ${name}: message → frame with the rows, ms`, 300, answers));
  }
  await setFilter(view, "");
  return figures;
}

/** From the message that sets the filter until the frame after the one that shows its rows; ms. */
function setFilter(view: BenchView, expression: string): Promise<number> {
  return view.frame.evaluate<number>(`new Promise((resolve) => {
    const known = window.bench.filtered.length;
    const begun = performance.now();
    window.postMessage({ type: "filter", filter: { usernames: [], workspaces: [], expression: ${JSON.stringify(expression)} } }, "*");
    const look = () => {
      if (window.bench.filtered.length > known) requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
      else setTimeout(look, 1);
    };
    look();
  })`);
}

async function typing(view: BenchView): Promise<Figure> {
  await view.forget();
  await view.frame.locator("vscode-text-field input").click();
  await view.page.keyboard.type("user:user1 socket", { delay: 90 });
  await setTimeout(1_000);
  const { keyToFrameMs } = await view.record();
  await setFilter(view, "");
  return measured("… typing while it filters: key → frame, the longest, ms", 100, Math.max(...keyToFrameMs));
}

async function comingBack(view: BenchView): Promise<Figure> {
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    view.post({ type: "visible", visible: false });
    await view.flow.events(utf8.encode(exampleBatch(2_000_000 + run * BATCH, BATCH)));
    await setTimeout(500);
    times.push(
      await view.frame.evaluate<number>(`new Promise((resolve) => {
        const begun = performance.now();
        window.postMessage({ type: "visible", visible: true }, "*");
        const look = () => {
          if (window.bench.rowsAtMs > begun) requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begun)));
          else setTimeout(look, 1);
        };
        look();
      })`),
    );
  }
  return measured("… back to the hidden tab → rows, ms", 1_000, times);
}
