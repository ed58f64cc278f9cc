import { setTimeout } from "node:timers/promises";
import type { Browser } from "playwright-core";

import type { Figure } from "../../tracer/figure.ts";
import { BenchView } from "../benchView.ts";
import { exampleBatch } from "../exampleEvents.ts";
import { measured } from "../measured.ts";

const RATE = 20_000;
const PERIOD_MS = 50;
const utf8 = new TextEncoder();

/** 20,000 events a second for `seconds`: whether the page stays able to act, and whether all arrive. */
export async function flood(browser: Browser, seconds: number): Promise<Figure[]> {
  const each = (RATE * PERIOD_MS) / 1_000;
  const batches = Array.from({ length: (RATE * seconds) / each }, (_, index) =>
    utf8.encode(exampleBatch(index * each, each)),
  );
  const view = await BenchView.open(browser, 1_000_000);
  try {
    await setTimeout(1_000);
    await view.forget();
    const framesMs = view.frame.evaluate<number[]>(framesFor(seconds * 1_000));
    const begun = performance.now();
    let mostUnanswered = 0;
    const sent: Promise<void>[] = [];
    for (const [index, lines] of batches.entries()) {
      await setTimeout(Math.max(0, begun + index * PERIOD_MS - performance.now()));
      sent.push(view.flow.events(lines));
      mostUnanswered = Math.max(mostUnanswered, view.unanswered);
    }
    const lateMs = performance.now() - begun - seconds * 1_000;
    await Promise.all(sent);
    while (view.unanswered > 0) await setTimeout(5);
    const behindMs = performance.now() - begun - seconds * 1_000;
    const gaps = await framesMs;
    const execs = (RATE * seconds) / 2;
    await view.until(`window.bench.total >= ${execs}`, 10_000).catch(() => undefined);
    const { longTasks, total } = await view.record();
    const longest = Math.max(0, ...longTasks.map(({ durationMs }) => durationMs));
    return [
      measured(`${RATE}/s for ${seconds} s: longest task of the main thread, ms`, 100, longest),
      measured("… execs that are not in the model", 0, execs - total),
      measured("… tasks over 50 ms", undefined, longTasks.length),
      measured("… longest time between two frames, ms", undefined, Math.max(...gaps)),
      measured("… batches unanswered at most", undefined, mostUnanswered),
      measured("… all taken in, ms after the last second", undefined, behindMs),
      measured("… sender late, ms", undefined, Math.max(0, lateMs)),
    ];
  } finally {
    await view.close();
  }
}

function framesFor(durationMs: number): string {
  return `new Promise((resolve) => {
    const times = [];
    let last = performance.now();
    const end = last + ${durationMs};
    const frame = (now) => {
      times.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else resolve(times);
    };
    requestAnimationFrame(frame);
  })`;
}
