import { gzipSync } from "node:zlib";

import { parseRecordedLine } from "../../../protocol/parseRecordedEvent.ts";
import { parseTimestamp } from "../../../protocol/parseTimestamp.ts";
import { splitFrame } from "../../../protocol/serverFrame.ts";
import { parseWorkspaceName } from "../../../extension/commands/nameChoices.ts";
import { parseViewFilter } from "../../../extension/filter/parseViewFilter.ts";
import { HistoryLines } from "../../../extension/history/historyLines.ts";
import { addRemoved } from "../../../extension/history/historySearch.ts";
import { LogDecoder } from "../../../extension/logs/logDecoder.ts";
import { parseToken } from "../../../extension/source/bearerToken.ts";
import { parseTargetUrl } from "../../../extension/source/connectionTarget.ts";
import { clipboardText } from "../../../extension/stream/clipboardText.ts";
import { EventMerge } from "../../../extension/stream/eventMerge.ts";
import { parseViewMessage } from "../../../extension/stream/parseViewMessage.ts";
import { nativeText } from "../../../extension/text/nativeText.ts";
import { compileFilter } from "../../../webview/filter/compileFilter.ts";
import { parseExpression } from "../../../protocol/filter/parseExpression.ts";
import { toVisibleString } from "../../../webview/hostileText.ts";
import { parseHostMessage } from "../../../webview/parseHostMessage.ts";
import { parseViewState } from "../../../webview/viewState.ts";
import { rowWith } from "../../unit/webview/filter/support/rowWith.ts";
import type { FuzzTarget } from "../support/fuzzTarget.ts";
import { parsedJson } from "./parsedJson.ts";

const line =
  '{"ts":"2022-02-28T20:29:38.038452202Z","level":"INFO","msg":"exec","fields":{"labels":{"username":"jessie","workspace_name":"main"},"cmdline":"uname -a","event":{"filename":"/usr/bin/uname","argv":["uname","-a"],"truncated":false,"pid":920684,"uid":101000,"gid":101000,"comm":"bash","seq":3,"exec_id":"920684.5.1","lineage":"known","parent_exec_id":"17.4.0"}}}';
const lost =
  '{"ts":"2022-02-28T20:29:39Z","level":"WARN","msg":"lost","fields":{"labels":{},"event":{"kind":"exec","reason":"ring_full","count":37,"first":"2022-02-28T20:29:38Z","last":"2022-02-28T20:29:39Z"}}}';
const node =
  '{"node":"n","bootId":"b","kernel":"6.1","serviceVersion":"0.1.0","run":"r","since":"2022-02-28T20:29:38Z","rate":1,"execs":2,"exits":1,"lost":0,"unattributed":0,"clients":1}';
const now = Date.UTC(2026, 0, 31, 12);

/** Reads an answer of a tracer's history in parts that end anywhere. */
function readAnswer(input: Buffer): unknown {
  let seen = 0;
  const lines = new HistoryLines({
    lines: (text) => (seen += text.length),
    progress: (through) => (seen += through),
  });
  const text = input.toString();
  const step = 1 + (text.length % 97);
  for (let at = 0; at < text.length; at += step) lines.add(text.slice(at, at + step));
  const removed = lines.end && addRemoved(0, lines.end.gaps);
  if (removed !== undefined && typeof removed !== "number") throw new TypeError("a count is no number");
  return seen;
}

function readLog(input: Buffer): unknown {
  let seen = 0;
  const count = (): void => {
    seen++;
  };
  const decoder = new LogDecoder({ event: count, other: count });
  // In parts, as a file is read; where they end depends on the input, so that it does not change.
  const step = 1 + (input.length % 97);
  for (let at = 0; at < input.length; at += step) decoder.push(input.subarray(at, at + step));
  decoder.end();
  return seen;
}

/** Merges the input with itself, in parts that end anywhere, as of nodes that say something at odd times. */
function mergeStreams(input: Buffer): unknown {
  const merge = new EventMerge();
  const sent = new Map(["a", "b", "c"].map((id) => [id, [] as Uint8Array[]]));
  for (const id of sent.keys()) {
    merge.join(id, 0);
    merge.setLive(id, true, 0);
  }
  const take = (nowMs: number): void => {
    for (const merged of merge.take(nowMs)) {
      if (merged.type === "events") sent.get(merged.source)?.push(merged.lines);
    }
  };
  const step = 1 + (input.length % 193);
  for (let at = 0; at < input.length; at += step) {
    const nowMs = (at * 37) % 5_000;
    for (const id of sent.keys()) {
      merge.add(id, { type: "events", lines: new Uint8Array(input.subarray(at, at + step)) }, nowMs);
      take(nowMs);
    }
  }
  take(Infinity);
  for (const lines of sent.values()) {
    if (!Buffer.concat(lines).equals(input)) throw new TypeError("the merge has lost or changed something");
  }
  return merge.takeLate("a");
}

/** What the editor and its page read of tracers, files, pages and people. */
export const editorTargets: readonly FuzzTarget[] = [
  {
    name: "history-answer",
    seeds: [
      `${line}\n{"type":"progress","through":7,"events":1}\n${line}\n{"type":"end","through":3,"done":true,"events":2,"gaps":[{"firstSeq":1,"lastSeq":2,"events":2,"execs":1,"firstTs":"2022-02-28T20:29:38Z"}]}\n`,
    ],
    words: ['{"type":"', '"end"', '"through":', '"done":true', '"gaps":[', '"events":', "null", "\n", "{}"],
    parse: readAnswer,
  },
  {
    name: "recorded-line",
    seeds: [line, lost],
    words: ['"msg"', '"exec"', '"exit"', '"lost"', '"event"', '"argv"', '"raw"', '"exec_id"', '"labels"'],
    parse: (input) => parseRecordedLine(input.toString()),
  },
  {
    name: "recorded-log",
    seeds: [
      `${line}\n${lost}\n`,
      `[pod/jessie/exectrace] ${line}\n`,
      `2022-02-28T20:29:38.1Z stdout P ${line.slice(0, 40)}\n2022-02-28T20:29:38.1Z stdout F ${line.slice(40)}\n`,
      `{"results":[[{"field":"@message","value":${JSON.stringify(line)}}]]}`,
      `@timestamp,@message\n2022-02-28,"${line.replaceAll('"', '""')}"\n`,
      Buffer.from(`\ufeff${line}\n`, "utf16le"),
      gzipSync(line),
    ],
    words: ["@message", "log_processed", "stdout P ", "stderr F ", '""', "[pod/", "\n"],
    parse: readLog,
  },
  {
    name: "server-frame",
    seeds: [
      `{"type":"hello","protocol":1,"node":${node},"oldestSeq":0,"latestSeq":3}\n`,
      `{"type":"events","count":1,"through":3}\n${line}\n`,
      '{"type":"gap","reason":"slow_reader","firstSeq":1,"lastSeq":2,"events":2,"execs":1}\n',
      `{"type":"workspaces","all":true,"changed":[],"removed":["a"]}\n`,
    ],
    words: ['"type"', '"count"', '"through"', '"changed"', '"removed"', "snapshot", "subscribed"],
    parse: (input) => splitFrame(input),
  },
  {
    name: "event-merge",
    seeds: [`${line}\n${lost}\n${line}\n`, `${lost}\n`],
    words: [
      '{"ts":"',
      '"2022-02-28T20:29:39Z"',
      '"9999-12-31T23:59:59Z"',
      "\n",
      '{"ts":"1970-01-01T00:00:00Z"}\n',
    ],
    parse: mergeStreams,
  },
  {
    name: "timestamp",
    seeds: ["2022-02-28T20:29:38.038452202Z", "2022-02-28T20:29:38+01:00"],
    parse: (input) => parseTimestamp(input.toString()),
  },
  {
    name: "view-message",
    seeds: [
      '{"type":"ready"}',
      '{"type":"status","status":{"total":1,"shown":1,"failed":0,"lost":0,"paused":false,"waiting":0}}',
      '{"type":"filter","filter":{"expression":"user:jessie"}}',
    ],
    words: ['"type"', '"status"', '"filter"', '"copy"', '"export"'],
    parse: parsedJson(parseViewMessage),
  },
  {
    name: "host-message",
    seeds: ['{"type":"pause"}', '{"type":"events","lines":""}', '{"type":"settings","settings":{}}'],
    words: ['"type"', '"events"', '"lines"', '"settings"', '"gap"', '"sources"'],
    parse: parsedJson(parseHostMessage),
  },
  { name: "view-state", seeds: ["{}", '{"columns":["pid"],"widths":{}}'], parse: parsedJson(parseViewState) },
  {
    name: "view-filter",
    seeds: ['{"usernames":["jessie"],"workspaces":[],"expression":""}'],
    parse: parsedJson(parseViewFilter),
  },
  {
    name: "filter-expression",
    seeds: [
      "user:jessie workspace:main cmd:curl",
      "uid:0 exit:!0 since:10m",
      "/^curl .*\\.com$/i -wget",
      'cmd:"my prog",ls is:failed',
    ],
    words: [
      "user:",
      "cmd:",
      "is:",
      "exit:",
      "since:",
      "until:",
      "duration:",
      "!",
      "-",
      "/i",
      ">=",
      "signal:",
    ],
    parse: (input) => {
      const expression = parseExpression(input.toString());
      if ("error" in expression) return expression.error.message.length;
      const filter = compileFilter(expression, now);
      return [filter.matches(rowWith({})), filter.mayMatchLoss(rowWith({}))];
    },
  },
  {
    name: "target-url",
    seeds: ["http://127.0.0.1:7777", "http://[::1]:80/"],
    parse: (input) => parseTargetUrl(input.toString()),
  },
  {
    name: "pasted-token",
    seeds: ["0123456789abcdef0123456789abcdef", "Bearer x"],
    parse: (input) => parseToken(input.toString()),
  },
  {
    name: "workspace-name",
    seeds: ["jessie/main", "main", "a/b/c"],
    parse: (input) => parseWorkspaceName(input.toString()),
  },
  {
    name: "hostile-text",
    seeds: ["uname -a", "\u202egpj.exe $(x) \u001b[31m", "a\u200bb 🚀 \ud83d"],
    parse: (input) => {
      const text = input.toString("utf16le");
      const shown = [nativeText(text), toVisibleString(text, 200), clipboardText(text).text];
      const hidden = shown.filter((each) => /[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u.test(each));
      if (hidden.length > 0) throw new TypeError(`something hides in ${JSON.stringify(hidden)}`);
      return shown;
    },
  },
];
