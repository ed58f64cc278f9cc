import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { constants } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLogFile, openStdout } from "../../../../tracer-service/output/outputFile.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "output-file-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function openError(path: string): string {
  try {
    openLogFile(path).close();
  } catch (error) {
    return error instanceof Error ? error.message.replaceAll(folder, "") : String(error);
  }
  return "opened";
}

describe("openLogFile", () => {
  it("makes a file that others can't read, and appends to it when opened again", async () => {
    const path = join(folder, "log");
    for (const text of ["a\n", "b\n"]) {
      const file = openLogFile(path);
      expect([file.name, file.kind, file.endsMidLine]).toEqual([JSON.stringify(path), "file", false]);
      expect(await file.write(Buffer.from(text))).toBe(2);
      file.close();
    }
    expect(readFileSync(path, "utf8")).toBe("a\nb\n");
    expect(statSync(path).mode & 0o137).toBe(0);
  });

  it.each([
    ["", false],
    ["a\n", false],
    ["a\nb", true],
    ["é", true],
  ])("tells whether a file that holds %j ends in the middle of a line", (content, expected) => {
    const path = join(folder, "log");
    writeFileSync(path, content);
    const file = openLogFile(path);
    expect(file.endsMidLine).toBe(expected);
    file.close();
  });

  it("knows whether its file was deleted, not whether it was renamed", () => {
    const path = join(folder, "log");
    const file = openLogFile(path);
    execFileSync("mv", [path, `${path}.1`]);
    expect(file.discarded()).toBe(false);
    rmSync(`${path}.1`);
    expect(file.discarded()).toBe(true);
    file.close();
  });

  it("takes devices as streams", async () => {
    const file = openLogFile("/dev/full");
    expect(file.kind).toBe("stream");
    await expect(file.write(Buffer.from("a\n"))).rejects.toThrow("ENOSPC");
    file.close();
  });

  it("lets others have their turn between writes to a stream, however fast it takes them", async () => {
    const file = openLogFile("/dev/null");
    let turns = 0;
    for (let writes = 1; writes <= 3; writes += 1) {
      setImmediate(() => (turns += 1));
      await file.write(Buffer.from("a\n"));
      expect(turns).toBe(writes);
    }
    file.close();
  });

  it.each([
    ["an empty name", () => "", "could not open the log file: its name is empty; name a file"],
    [
      "a missing directory",
      () => join(folder, "none/log"),
      'could not open the log file "/none/log": its directory does not exist; make the directory first',
    ],
    [
      "a directory",
      () => {
        mkdirSync(join(folder, "dir"));
        return join(folder, "dir");
      },
      'could not open the log file "/dir": it is a directory; name a file in it',
    ],
    [
      "a file in place of a directory",
      () => {
        writeFileSync(join(folder, "file"), "");
        return join(folder, "file/log");
      },
      'could not open the log file "/file/log": a part of its path is not a directory; correct the path',
    ],
    [
      "a file that may not be written",
      () => {
        // Root may write everything but a read-only attribute of the kernel.
        const path = join(folder, "log");
        writeFileSync(path, "");
        chmodSync(path, 0o400);
        return process.getuid?.() === 0 ? "/sys/kernel/uevent_seqnum" : path;
      },
      /^could not open the log file ".*": permission denied; run as a user who may write there, or name another file$/,
    ],
    [
      "a FIFO that nobody reads",
      () => {
        execFileSync("mkfifo", [join(folder, "fifo")]);
        return join(folder, "fifo");
      },
      'could not open the log file "/fifo": it is a socket, or a FIFO that nobody reads; name a file, or start the reader first',
    ],
    [
      "a line break in the name",
      () => join(folder, "no\nne/log"),
      'could not open the log file "/no\\nne/log": its directory does not exist; make the directory first',
    ],
  ])("says in one line what is wrong with %s", (_, makePath, line) => {
    expect(openError(makePath())).toEqual(typeof line === "string" ? line : expect.stringMatching(line));
  });

  it("says in one line what is wrong with a socket", async () => {
    const path = join(folder, "socket");
    const server = createServer().listen(path);
    await new Promise((resolve) => server.once("listening", resolve));
    expect(openError(path)).toContain("it is a socket, or a FIFO that nobody reads");
    await new Promise((resolve) => server.close(resolve));
  });
});

describe("openStdout", () => {
  it("writes to a file where the shell left off, and keeps the descriptor open", async () => {
    const fd = openSync(join(folder, "out"), "w");
    for (const text of ["a\n", "b"]) {
      const file = openStdout(fd);
      expect(file.endsMidLine).toBe(false);
      await file.write(Buffer.from(text));
      file.close();
    }
    expect(openStdout(fd).endsMidLine).toBe(true);
    closeSync(fd);
    expect(readFileSync(join(folder, "out"), "utf8")).toBe("a\nb");
  });

  it("does not make the inherited pipe non-blocking, which others may share", () => {
    const path = join(folder, "fifo");
    execFileSync("mkfifo", [path]);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const inherited = openSync(path, constants.O_WRONLY);
    const file = openStdout(inherited);
    const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${String(inherited)}`, "utf8"))?.[1];
    expect(Number.parseInt(flags ?? "", 8) & constants.O_NONBLOCK).toBe(0);
    file.close();
    closeSync(inherited);
    closeSync(reader);
  });
});
