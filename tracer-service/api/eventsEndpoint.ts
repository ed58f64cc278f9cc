import type { ServerResponse } from "node:http";

import type { HistoryEnd, HistoryProgress } from "../../protocol/historyAnswer.ts";
import type { HistoryArchive, HistoryGap, OwnerTest } from "../history/historyArchive.ts";
import { TimestampFormatter } from "../output/timestamp.ts";
import { matchFilter } from "../stream/matchFilter.ts";
import type { StreamObserver } from "../stream/streamObserver.ts";
import type { Visibility } from "../stream/visibility.ts";
import type { EventsQuery } from "./eventsQuery.ts";

/** What the endpoint needs of the history. */
export type EventsArchive = Pick<HistoryArchive, "settled" | "workspaces" | "page" | "gaps">;

/** Of a request for events, from where to answer it, and who hears of what is told. */
export interface EventsAnswer {
  readonly archive: EventsArchive;
  readonly visible: Visibility;
  readonly viewing: Pick<StreamObserver, "told">;
}

/** A reader that takes nothing for so long is gone. */
const PATIENCE_MS = 30_000;
/** Bytes of the history that are looked at between two signs of life. */
const SCANNED_BYTES = 33_554_432;
const timestamps = new TimestampFormatter();

/**
 * Answers a request for events of the history: a log line each, now and then a line that says how far the search is,
 * and at the end one that says where it ended. Ends as soon as the reader is gone. Rejects when nothing could be read
 * before anything was sent.
 */
export async function sendEvents(
  response: ServerResponse,
  query: EventsQuery,
  { archive, visible, viewing }: EventsAnswer,
): Promise<void> {
  const matches = matchFilter(query.filter);
  const isMeant: OwnerTest = ({ labels, namespace }) => matches(labels) && visible(namespace);
  await archive.settled();
  let { after, before } = query;
  let events = 0;
  for (let done = false; !done && events < query.limit && isOpen(response);) {
    const limits = { events: query.limit - events, scannedBytes: SCANNED_BYTES };
    const page = await archive.page({ ...query, after, before }, isMeant, limits);
    if (!response.headersSent) begin(response);
    let lines = "";
    for (const { line } of page.events) lines += line;
    if (page.events.length > 0) viewing.told(page.events);
    events += page.events.length;
    if (query.order === "oldest") after = page.through;
    else before = page.through;
    ({ done } = page);
    if (!done) lines += lineOf({ type: "progress", through: page.through, events });
    if (!(await write(response, lines))) return;
    if (done || events >= query.limit) {
      // What lies within the part that was looked at.
      const oldestFirst = query.order === "oldest";
      const gaps = await archive.gaps(
        oldestFirst ? query.after : done ? query.after : before - 1,
        oldestFirst ? (done ? query.before : after + 1) : query.before,
        isMeant,
      );
      const inRange = gaps.filter(
        ({ firstNs, lastNs }) =>
          !(lastNs !== undefined && query.sinceNs !== undefined && lastNs < query.sinceNs) &&
          !(firstNs !== undefined && query.untilNs !== undefined && firstNs >= query.untilNs),
      );
      await write(
        response,
        lineOf({
          type: "end",
          through: page.through,
          done,
          events,
          gaps: inRange.map((gap) => toldGap(gap, visible)),
        }),
      );
    }
  }
  response.end();
}

function toldGap(
  { firstSeq, lastSeq, events, execs, firstNs, lastNs }: HistoryGap,
  visible: Visibility,
): HistoryEnd["gaps"][number] {
  const text = (timeNs: bigint | undefined): string | undefined =>
    timeNs === undefined ? undefined : timestamps.format(timeNs);
  // How much others did is not told to who may not see it.
  const counted = execs !== undefined || visible(undefined) ? events : undefined;
  return { firstSeq, lastSeq, events: counted, execs, firstTs: text(firstNs), lastTs: text(lastNs) };
}

function lineOf(message: HistoryProgress | HistoryEnd): string {
  return `${JSON.stringify(message)}\n`;
}

function begin(response: ServerResponse): void {
  response.statusCode = 200;
  response.setHeader("Content-Type", "application/x-ndjson");
  response.setHeader("Cache-Control", "no-store");
  response.setHeader("X-Content-Type-Options", "nosniff");
}

function isOpen(response: ServerResponse): boolean {
  return !response.destroyed && !response.closed;
}

/** Resolves once there is room for more; with false when the reader is gone, or takes nothing. */
function write(response: ServerResponse, text: string): Promise<boolean> {
  if (!isOpen(response)) return Promise.resolve(false);
  if (response.write(text)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const settle = (open: boolean): void => {
      clearTimeout(patience);
      response.off("drain", drained);
      response.off("close", closed);
      resolve(open);
    };
    const drained = (): void => {
      settle(true);
    };
    const closed = (): void => {
      settle(false);
    };
    const patience = setTimeout(() => {
      response.destroy();
      settle(false);
    }, PATIENCE_MS);
    response.on("drain", drained);
    response.on("close", closed);
  });
}
