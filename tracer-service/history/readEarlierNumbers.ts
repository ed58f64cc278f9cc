import { EarlierNumbers } from "../pipeline/earlierNumbers.ts";
import type { HistoryArchive } from "./historyArchive.ts";

/** The events in the history behind a number, which are those of all that the reader of the ring does not know of. */
export async function readEarlierNumbers(
  archive: Pick<HistoryArchive, "page">,
  after: number,
): Promise<EarlierNumbers> {
  const numbers = new EarlierNumbers();
  const query = { sinceNs: undefined, untilNs: undefined, pattern: undefined, order: "oldest" } as const;
  const before = Number.MAX_SAFE_INTEGER;
  for (let from = after, done = false; !done;) {
    const page = await archive.page({ ...query, after: from, before }, () => true);
    for (const { line, seq } of page.events) numbers.add(line, seq);
    ({ done, through: from } = page);
  }
  return numbers;
}
