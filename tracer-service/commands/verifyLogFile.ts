import { createReadStream } from "node:fs";

import type { LogCheckReport } from "../integrity/logCheck.ts";
import { LogVerifier, type LogExpectation } from "../integrity/verifyLog.ts";

const NEWLINE = 0x0a;
/** The service writes none that is longer. */
const MAX_LINE_BYTES = 67_108_864;

/** Prints what was found in a log, `-` for stdin; returns the exit status, 1 where something is wrong. Rejects with one line. */
export async function verifyLogFile(file: string, expectation: LogExpectation): Promise<number> {
  const verifier = new LogVerifier(expectation);
  let begun: Buffer[] = [];
  let length = 0;
  const input = file === "-" ? process.stdin : createReadStream(file, { highWaterMark: 1_048_576 });
  for await (const chunk of input as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      const rest = chunk.subarray(start, end);
      verifier.line(begun.length === 0 ? rest : Buffer.concat([...begun, rest]));
      [begun, length, start] = [[], 0, end + 1];
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > MAX_LINE_BYTES)
      throw new Error(`${file} has a line of more than 64 MiB: it is no log of this service`);
  }
  if (length > 0) verifier.line(Buffer.concat(begun), false);
  const { logs, problems, unchecked, otherLines } = verifier.end();
  const lines = logs.flatMap((log) => describeLog(log, logs.length > 1));
  lines.push(...problems.map((problem) => `WRONG  ${problem}`));
  if (unchecked.length > 0) {
    lines.push(
      `could not be compared, since they are older than this file: the heads ${unchecked.join(", ")}`,
    );
  }
  if (otherLines > 0) lines.push(`${String(otherLines)} lines are none of the log: nothing is known of them`);
  const wrong = problems.length + logs.reduce((sum, log) => sum + log.problems.length, 0);
  const checkpoints = logs.reduce((sum, log) => sum + log.checkpoints, 0);
  if (checkpoints === 0) lines.push("WRONG  there is no checkpoint in it: nothing can be said of its lines");
  else lines.push(wrong === 0 ? "nothing wrong was found" : `${String(wrong)} things are wrong`);
  process.stdout.write(`${lines.join("\n")}\n`);
  return wrong === 0 && checkpoints > 0 ? 0 : 1;
}

function describeLog(log: LogCheckReport, several: boolean): string[] {
  const { problems, notes, runs, checkpoints, coveredLines, head, seals, unsealedLines } = log;
  const lines = several ? [`${printable(log.carrier)}node ${printable(log.node)}`] : [];
  lines.push(...problems.map((problem) => `WRONG  ${problem}`), ...notes.map((note) => `NOTE   ${note}`));
  if (head === undefined) return lines;
  lines.push(
    `${String(coveredLines)} lines under ${String(checkpoints)} checkpoints of ${String(runs)} runs`,
    `head ${String(head.seq)}:${head.hash}`,
  );
  if (seals.count === 0) {
    lines.push(
      "not sealed: whoever can write the log could have written all of it anew; compare the head with one noted before",
    );
    return lines;
  }
  const { epoch, ts } = seals.last ?? {};
  lines.push(
    `${String(seals.count)} seals, the last ${String(epoch)} of ${String(ts)}; ${String(unsealedLines)} lines after it are not sealed yet`,
    "seals don't tell whether more followed: compare the last one with the key (--state-dir), or a head noted before (--head)",
  );
  if (!seals.checked) {
    lines.push(
      "without the first key (--key-file) this does not prove that the seals are genuine: the whole could be written anew",
    );
  }
  return lines;
}

/** A file may say that a node is called anything. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?");
}
