import { describe, expect, it } from "vitest";
import { classifyWriteError, retryDelayMs } from "../../../../tracer-service/output/lineSinkRetry.ts";
import type { WriteTrouble } from "../../../../tracer-service/output/lineSinkRetry.ts";

describe("classifyWriteError", () => {
  const cases: [code: string | undefined, file: WriteTrouble, stream: WriteTrouble][] = [
    ["EAGAIN", "blocked", "blocked"],
    ["EINTR", "blocked", "blocked"],
    ["ENOSPC", "stalled", "stalled"],
    ["EDQUOT", "stalled", "stalled"],
    ["EIO", "stalled", "closed"],
    ["EROFS", "stalled", "closed"],
    ["ESTALE", "stalled", "closed"],
    ["EPIPE", "stalled", "closed"],
    ["ECONNRESET", "stalled", "closed"],
    ["EBADF", "closed", "closed"],
    [undefined, "stalled", "closed"],
  ];
  it.each(cases)("takes %s of a file as %s, of a stream as %s", (code, file, stream) => {
    expect([classifyWriteError(code, "file"), classifyWriteError(code, "stream")]).toEqual([file, stream]);
  });
});

describe("retryDelayMs", () => {
  it("tries a full pipe again after 1 ms, and at least ten times a second", () => {
    expect([0, 1, 2, 6, 7, 2000].map((attempt) => retryDelayMs("blocked", attempt))).toEqual([
      1, 2, 4, 64, 100, 100,
    ]);
  });

  it("tries a full disk again after 250 ms, and at least every 5 s", () => {
    expect([0, 1, 2, 4, 5, 2000].map((attempt) => retryDelayMs("stalled", attempt))).toEqual([
      250, 500, 1000, 4000, 5000, 5000,
    ]);
  });
});
