import { expect, it } from "vitest";

import { restAfter } from "../../../../tracer-service/pipeline/restPlan.ts";

const MIB = 1_048_576;

it.each([
  { what: "nothing has come", records: 0, bytes: 0, elapsedMs: 10, shortestMs: 10, restMs: 10 },
  { what: "no time has passed", records: 5, bytes: 1500, elapsedMs: 0, shortestMs: 10, restMs: 10 },
  { what: "a record ends a silence", records: 1, bytes: 300, elapsedMs: 1000, shortestMs: 10, restMs: 10 },
  {
    what: "100 execs/s and as many exits",
    records: 2,
    bytes: 400,
    elapsedMs: 10,
    shortestMs: 10,
    restMs: 10,
  },
  { what: "500/s", records: 20, bytes: 4000, elapsedMs: 20, shortestMs: 10, restMs: 25 },
  { what: "ten come within 10 ms", records: 10, bytes: 2000, elapsedMs: 10, shortestMs: 10, restMs: 20 },
  { what: "1,000/s", records: 100, bytes: 20_000, elapsedMs: 50, shortestMs: 10, restMs: 50 },
  { what: "1,500/s", records: 225, bytes: 45_000, elapsedMs: 75, shortestMs: 10, restMs: 75 },
  { what: "10,000/s", records: 2000, bytes: 400_000, elapsedMs: 100, shortestMs: 10, restMs: 100 },
  {
    what: "large records that would fill the ring",
    records: 500,
    bytes: 8 * MIB,
    elapsedMs: 100,
    shortestMs: 10,
    restMs: 12.5,
  },
  {
    what: "records that fill it faster than any rest",
    records: 500,
    bytes: 16 * MIB,
    elapsedMs: 10,
    shortestMs: 10,
    restMs: 10,
  },
  { what: "no rest is wanted", records: 100, bytes: 20_000, elapsedMs: 5, shortestMs: 0, restMs: 0 },
  {
    what: "a long rest is wanted",
    records: 2000,
    bytes: 400_000,
    elapsedMs: 400,
    shortestMs: 100,
    restMs: 250,
  },
  {
    what: "a longer one than any other",
    records: 2000,
    bytes: 400_000,
    elapsedMs: 400,
    shortestMs: 1000,
    restMs: 1000,
  },
])("rests $restMs ms when $what", ({ restMs, shortestMs, ...arrivals }) => {
  expect(restAfter(arrivals, shortestMs, 16 * MIB, true)).toBeCloseTo(restMs);
});

it.each([
  { what: "a record ends a silence", records: 1, bytes: 300, elapsedMs: 1000, restMs: 10 },
  { what: "60 execs/s and as many exits", records: 12, bytes: 2400, elapsedMs: 100, restMs: 10 },
  { what: "100/s", records: 20, bytes: 4000, elapsedMs: 100, restMs: 16.667 },
  { what: "750/s", records: 150, bytes: 30_000, elapsedMs: 100, restMs: 125 },
  { what: "1,500/s", records: 450, bytes: 90_000, elapsedMs: 150, restMs: 250 },
  { what: "10,000/s", records: 5000, bytes: 1_000_000, elapsedMs: 250, restMs: 250 },
  {
    what: "large records that would fill the ring",
    records: 500,
    bytes: 8 * MIB,
    elapsedMs: 100,
    restMs: 12.5,
  },
])("rests $restMs ms when nobody follows and $what", ({ restMs, ...arrivals }) => {
  expect(restAfter(arrivals, 10, 16 * MIB, false)).toBeCloseTo(restMs, 2);
});
