import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import { ApiCounts } from "../../../../tracer-service/api/apiCounts.ts";
import { REFUSALS } from "../../../../tracer-service/api/apiRefusal.ts";
import { ServiceMetrics } from "../../../../tracer-service/api/serviceMetrics.ts";
import { CLOSURES } from "../../../../tracer-service/api/streamClosure.ts";
import { MAX_CLIENT_MESSAGE_BYTES, STREAM_SUBPROTOCOL } from "../../../../protocol/stream.ts";

const document = readFileSync(new URL("../../../../docs/api.md", import.meta.url), "utf8");

/** The cells of the tables' rows whose first cell matches. */
function rows(first: RegExp): string[][] {
  return document
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
    .filter((cells) => first.test(cells[0] ?? ""));
}

const source = {
  ...{ serviceVersion: "1", kernel: "6", ready: true, startedSeconds: 1, workspaces: 2 },
  trace: {
    events: 1,
    outside: 2,
    undecodable: 3,
    unattributed: 4,
    missing: 5,
    redacted: 10,
    unexamined: 11,
    ringPeakBytes: 9,
    pending: 6,
    pendingBytes: 7,
    pendingExpired: 8,
  },
  hub: {
    clients: 1,
    queuedBytes: 2,
    behind: 1,
    gaps: 3,
    withheld: 8,
    historyBytes: 4,
    events: { exec: 7, exit: 6, lost: 5 },
  },
  lost: [{ kind: "exec", reason: "ring_full", count: 9 }],
  ring: { pendingBytes: 1, sizeBytes: 2 },
  history: {
    ...{ up: true, bytes: 1, waitingBytes: 2, kept: 3, batches: 4, writeSeconds: 5 },
    ...{ longestWriteSeconds: 6, lastWriteSeconds: 5, behindSeconds: 7 },
    ...{ missing: { slow: 1, write_failed: 2 }, removed: { size: 1, age: 2 } },
  },
  log: {
    ...{ pendingBytes: 1, linesWritten: 2, stalls: 3 },
    ...{ blockedNowMs: 4_000, blockedMs: 5_000, saturated: true },
  },
} as const;

describe("docs/api.md", () => {
  it("has each code of a refusal with its status, and no other", () => {
    const documented = rows(/^`[a-z_]+`$/).filter(([, status]) => /^\d{3}$/.test(status ?? ""));
    expect(documented.map(([code, status]) => `${String(code)} ${String(status)}`).sort()).toEqual(
      [...new Set(Object.values(REFUSALS).map(({ code, status }) => `\`${code}\` ${String(status)}`))].sort(),
    );
  });

  it("has each code that ends a stream, and no other", () => {
    const documented = rows(/^[14]\d{3}$/).map(([code]) => Number(code));
    const codes = [...new Set(Object.values(CLOSURES).map(({ code }) => code))];
    expect(documented).toEqual(codes.sort());
  });

  it("has each metric with its kind, labels and meaning, and no other", async () => {
    const text = await new ServiceMetrics().format({ ...source, api: counts() });
    const made = [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)\n(?:\w+(?:\{(.*)\})? )?/gm)].map(
      ([, name, help, kind, labels = ""]) => {
        const names = [...labels.matchAll(/(\w+)="/g)].map(([, label]) => `\`${String(label)}\``);
        return [`\`${String(name)}\``, kind, names.join(", "), help];
      },
    );
    expect(made.length).toBeGreaterThan(20);
    expect(rows(/^`process_logging_/)).toEqual(made);
  });

  it("names protocol and limits as they are", () => {
    expect(document).toContain(`\`${STREAM_SUBPROTOCOL}\``);
    expect(document).toContain(`At most ${String(MAX_CLIENT_MESSAGE_BYTES / 1024)} KiB a message`);
  });
});

describe("ServiceMetrics", () => {
  it("shows the values of each scrape, not their sum", async () => {
    const metrics = new ServiceMetrics();
    await metrics.format({ ...source, api: counts() });
    const text = await metrics.format({ ...source, api: counts() });
    expect(text).toContain('process_logging_events_total{kind="exec"} 7\n');
    expect(text).toContain('process_logging_lost_total{kind="exec",reason="ring_full"} 9\n');
    expect(text).toContain('process_logging_requests_refused_total{code="not_found"} 2\n');
    expect(text).toContain('process_logging_streams_closed_total{code="1008"} 1\n');
  });

  it("counts nothing of a log where there is none", async () => {
    const text = await new ServiceMetrics().format({ ...source, log: undefined, api: counts() });
    expect(text).toMatch(/^process_logging_log_waiting_bytes 0$/m);
  });
});

function counts(): ApiCounts {
  const api = new ApiCounts();
  api.refuse("not_found");
  api.refuse("not_found");
  api.close(1008);
  return api;
}
