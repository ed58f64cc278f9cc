import { zstdCompressSync, zstdDecompressSync } from "node:zlib";

import { decodeDigests, encodeDigests } from "../../../tracer-service/history/historyChain.ts";
import { decodeChunk, encodeChunk } from "../../../tracer-service/history/historyChunk.ts";
import { formatNumbersLeft, parseNumbersLeft } from "../../../tracer-service/history/numbersLeft.ts";
import { LineCarrier } from "../../../tracer-service/integrity/carriedLine.ts";
import {
  checkpointParts,
  formatCheckpoint,
  parseCheckpoint,
  type CheckpointFacts,
} from "../../../tracer-service/integrity/checkpoint.ts";
import type { FuzzTarget } from "../support/fuzzTarget.ts";

const TIME = "2022-02-28T20:29:38.038452202Z";
const hash = Buffer.alloc(32, 0xa5);
const facts: CheckpointFacts = {
  ...{ run: "2e6c9f3f", number: 7, kind: "lines", lines: 1_000, bytes: 812_345 },
  ...{ firstSeq: 6_001, lastSeq: 7_000, after: undefined, epoch: undefined },
};
const after = { run: "5d0c", number: 3, hash: hash.toString("hex"), lastSeq: 6_000 };
const node = '"node":"node-1","boot_id":"f9e8"';
const checkpoint = formatCheckpoint(checkpointParts(facts, TIME, node), hash, undefined).trimEnd();
const sealed = formatCheckpoint(
  checkpointParts({ ...facts, number: 0, kind: "begin", after, epoch: 3 }, TIME, node),
  hash,
  hash,
).trimEnd();

const noDictionary = Buffer.alloc(0);
const chunk = encodeChunk(
  {
    ...{
      firstSeq: 5,
      times: BigInt64Array.of(1n, 2n),
      types: Uint8Array.of(0, 1),
      ends: Uint32Array.of(3, 7),
    },
    lines: Buffer.from("{}\n{ }\n"),
  },
  [0, 1],
  noDictionary,
);

/** What `verify` and a service that starts read of files that others may have written. */
export const integrityTargets: readonly FuzzTarget[] = [
  {
    name: "carried-line",
    seeds: [
      `${checkpoint}\n`,
      `[pod/tracer-x7k2p/tracer] ${TIME} ${checkpoint}\n`,
      `${TIME} stdout P ${checkpoint.slice(0, 90)}\n${TIME} stderr F said\n${TIME} stdout F ${checkpoint.slice(90)}\n`,
      `${JSON.stringify({ log: checkpoint.slice(0, 90), stream: "stdout", time: TIME })}\n${JSON.stringify({ log: `${checkpoint.slice(90)}\n`, stream: "stdout", time: TIME })}\n`,
    ],
    words: [
      "[pod/",
      "] ",
      "Z ",
      "stdout P ",
      "stderr F ",
      "stdout F:tag ",
      '{"log":"',
      '"stream":',
      "\\n",
      "\n",
    ],
    parse: (input) => {
      const carrier = new LineCarrier();
      let taken = 0;
      let given = 0;
      for (let start = 0, end = 0; end >= 0; start = end + 1) {
        end = input.indexOf("\n", start);
        const raw = input.subarray(start, end < 0 ? input.length : end);
        // What is not UTF-8 grows where it is decoded: to three bytes each.
        taken += 3 * raw.length;
        given += carrier.line(raw)?.bytes.length ?? 0;
        if (given > taken) throw new TypeError("more came out than went in");
      }
    },
  },
  {
    name: "log-checkpoint",
    seeds: [checkpoint, sealed],
    words: [
      '"hash":"',
      '"seal":"',
      '"after":',
      '"epoch":',
      '"kind":"end"',
      '"number":',
      "}}}",
      hash.toString("hex"),
    ],
    parse: (input) => {
      const line = input.toString();
      const parsed = parseCheckpoint(line);
      if (parsed === undefined) return;
      const seal = parsed.seal === undefined ? undefined : Buffer.from(parsed.seal, "hex");
      if (formatCheckpoint(parsed, Buffer.from(parsed.hash, "hex"), seal) !== `${line}\n`) {
        throw new TypeError("the checkpoint is not the line that it was read from");
      }
    },
  },
  {
    name: "history-chunk",
    seeds: [zstdDecompressSync(chunk)],
    parse: (input) => {
      const { bytes, events } = decodeChunk(zstdCompressSync(input), 5, noDictionary);
      const ends = events.map(({ start, end }, i) => start <= end && start === (events[i - 1]?.end ?? start));
      if (ends.includes(false) || events.at(-1)?.end !== bytes.length) {
        throw new TypeError("its lines do not lie one after the other");
      }
    },
  },
  {
    name: "history-digests",
    seeds: [encodeDigests([{ workspace: 1, events: 2, firstSeq: 5, lastSeq: 6, digest: hash }])],
    parse: (input) => {
      const digests = decodeDigests(input);
      if (digests !== undefined && Buffer.compare(encodeDigests(digests), input) !== 0) {
        throw new TypeError("what was written is not what is read");
      }
    },
  },
  {
    name: "numbers-left",
    seeds: [formatNumbersLeft({ run: "2e6c9f3f", ring: "5d0c", through: 1_048_576, ended: false })],
    words: ['"through":', '"ended":true', '"kept":', "1e400", "9007199254740993", "null"],
    parse: (input) => {
      const left = parseNumbersLeft(input.toString());
      if (JSON.stringify(parseNumbersLeft(formatNumbersLeft(left))) !== JSON.stringify(left)) {
        throw new TypeError("what was written is not what is read");
      }
    },
  },
];
