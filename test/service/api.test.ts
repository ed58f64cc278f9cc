import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import type { WorkspaceState } from "../../protocol/stream.ts";
import { describeKernel } from "../kernel/support/describeKernel.ts";
import { runOutside, succeeded } from "../kernel/support/testCgroup.ts";
import { ApiReader, ask, refusal, refusalCode } from "./support/apiReader.ts";
import { accessLines, parseLog } from "./support/logLine.ts";
import { TracedHost } from "./support/tracedHost.ts";
import { TracerService } from "./support/tracerService.ts";

const ALL = { usernames: [], workspaces: [] };
const TOKEN = "a-token-of-this-test";
const manyExecs = 'i=0; while [ $i -lt "$1" ]; do i=$((i + 1)); /bin/true "$2"; done';

describeKernel("the API on its Unix socket", () => {
  let host: TracedHost;
  let socketPath: string;
  let readers: ApiReader[];

  beforeEach(() => {
    host = new TracedHost();
    socketPath = join(host.directory, "api", "tracer.sock");
    readers = [];
  });

  afterEach(async () => {
    await Promise.all(readers.map((reader) => reader.end()));
    await host.close();
  });

  const listen = (...args: string[]): Promise<TracerService> =>
    host.trace(["--listen", `unix:${socketPath}`, "--log", "none", ...args]);

  const read = async (query = ""): Promise<ApiReader> => {
    const reader = await ApiReader.open({ socketPath }, { query });
    readers.push(reader);
    return reader;
  };

  const run = (username: string, workspaceName: string, argument: string): Promise<unknown> =>
    host.workspace(username, workspaceName).run(["/bin/true", argument]);

  it("has its mode and group, and is removed at the end with the folder made for it", async () => {
    const service = await listen("--listen-group", "daemon");
    const { mode, uid, gid } = statSync(socketPath);
    expect({ mode: mode & 0o777, uid, gid }).toEqual({ mode: 0o660, uid: 0, gid: 1 });
    expect(statSync(join(host.directory, "api")).mode & 0o777).toBe(0o755);
    expect((await service.stop()).code).toBe(0);
    expect(existsSync(join(host.directory, "api"))).toBe(false);
  });

  it("lets in by group, and names the reader's uid", async () => {
    chmodSync(host.directory, 0o755);
    const service = await listen("--listen-group", "daemon");
    const curl = [
      "curl",
      "--silent",
      "--show-error",
      "--unix-socket",
      socketPath,
      "http://node/v1/workspaces",
    ];
    const as = (uid: string, gid: string): string[] => [
      "setpriv",
      "--reuid",
      uid,
      "--regid",
      gid,
      "--clear-groups",
    ];
    expect(succeeded(await runOutside([...as("4242", "1"), ...curl]))).toContain('"workspaces":[');
    expect((await runOutside([...as("4242", "4242"), ...curl])).code).toBe(7);
    await service.until("the uid is told", () =>
      service.stderr.includes('"reader":{"type":"unix","uid":4242}'),
    );
  });

  it("replaces a socket that nobody answers on, and leaves one that is answered", async () => {
    const first = await listen();
    await first.kill();
    expect(existsSync(socketPath)).toBe(true);
    await listen();
    const { code, stderr } = await TracerService.run([
      "run",
      "--rules",
      host.rules,
      "--listen",
      `unix:${socketPath}`,
    ]);
    expect({ code, lines: stderr.split("\n").length }).toEqual({ code: 1, lines: 2 });
    expect(stderr).toMatch(/another service answers there: stop it, or choose another path/);
    expect((await ask({ socketPath }, "/readyz")).status).toBe(200);
  });

  it.each([
    [
      "a file in its place",
      (path: string) => {
        writeFileSync(path, "x");
      },
      /not a socket is there/,
    ],
    [
      "a folder of somebody else",
      (path: string) => {
        chownSync(join(path, ".."), 4242, 4242);
      },
      /belongs to uid 4242/,
    ],
    [
      "a folder that others may write and have written",
      (path: string) => {
        chmodSync(join(path, ".."), 0o777);
        writeFileSync(join(path, "../other"), "x");
      },
      /others may write in/,
    ],
  ])("refuses %s", async (_name, prepare, why) => {
    mkdirSync(join(host.directory, "api"));
    prepare(socketPath);
    const { code, stderr } = await TracerService.run([
      "run",
      "--rules",
      host.rules,
      "--listen",
      `unix:${socketPath}`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(why);
  });

  it("closes an empty folder of its own that others may write, as kubelet makes volumes", async () => {
    mkdirSync(join(host.directory, "api"));
    chmodSync(join(host.directory, "api"), 0o777);
    await host.trace(["--listen", `unix:${socketPath}`]);
    expect(statSync(join(host.directory, "api")).mode & 0o777).toBe(0o755);
    expect((await ask({ socketPath }, "/healthz")).status).toBe(200);
  });

  it("refuses a path through a symbolic link", async () => {
    mkdirSync(join(host.directory, "real"));
    symlinkSync(join(host.directory, "real"), join(host.directory, "api"));
    const { code, stderr } = await TracerService.run([
      "run",
      "--rules",
      host.rules,
      "--listen",
      `unix:${socketPath}`,
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/symbolic link/);
  });

  it("tells what ran before and what runs now, by the log's own lines", async () => {
    const sleeping = host.workspace("jessie", "main").start(["/bin/sleep", "1000"]);
    const log = join(host.directory, "log");
    const service = await host.trace(["--listen", `unix:${socketPath}`, "--log", log, "--log-exits"]);
    const reader = await read();
    await run("jessie", "main", "now");
    await reader.until(
      "both exits are told",
      () => reader.events.filter(({ msg }) => msg === "exit").length === 1,
    );
    const [snapshot] = reader.messages.filter(({ header }) => header.type === "snapshot");
    expect(snapshot?.lines.map(({ fields }) => fields.event.pid)).toEqual([sleeping.pid]);
    expect(snapshot?.lines.map(({ fields }) => fields.labels)).toEqual([
      { username: "jessie", workspace_name: "main" },
    ]);
    expect(reader.messages.map(({ header }) => header.type).slice(0, 4)).toEqual([
      "hello",
      "workspaces",
      "subscribed",
      "snapshot",
    ]);
    expect(reader.of("subscribed")).toEqual([{ type: "subscribed", filter: ALL, latestSeq: 0 }]);
    await service.stop();
    const logged = parseLog(readFileSync(log, "utf8"));
    expect(logged.filter(({ msg }) => (msg as string) !== "access")).toEqual(reader.events);
    expect((await reader.closed).code).toBe(1001);
  });

  it("logs each viewing: who it was, what was asked for, and how much was told", async () => {
    const log = join(host.directory, "log");
    const service = await host.trace(["--listen", `unix:${socketPath}`, "--log", log]);
    const headers = { "process-logging-claimed-user": "r%C3%B6bin" };
    const reader = await ApiReader.open({ socketPath }, { query: "?username=jessie&since=0", headers });
    readers.push(reader);
    await ask({ socketPath }, "/v1/workspaces");
    await run("jessie", "main", "seen");
    await reader.until("it is told", () => reader.execs.includes("seen"));
    reader.send({ type: "subscribe", filter: { usernames: [], workspaces: [{ workspaceName: "main" }] } });
    await reader.until("the filter is another", () => reader.of("subscribed").length === 2);
    await reader.end();
    await service.stop();
    const viewings = accessLines(readFileSync(log, "utf8")).map(({ fields }) => fields.access);
    const uid = { reader: { type: "unix", uid: 0 }, sees: "all" };
    const first = { ...uid, claimed_user: "röbin", filter: { usernames: ["jessie"], workspaces: [] } };
    const second = { ...uid, claimed_user: "röbin", filter: { usernames: [], workspaces: ["main"] } };
    expect(viewings).toMatchObject([
      { ...first, phase: "begin", endpoint: "/v1/stream", replay_after: 0 },
      { ...uid, phase: "request", endpoint: "/v1/workspaces" },
      { ...first, phase: "end", events: reader.events.length },
      { ...second, phase: "begin" },
      { ...second, phase: "end", events: 0, code: 1006 },
    ]);
    expect(viewings[0]?.["viewing"]).toBe(viewings[2]?.["viewing"]);
  });

  it("is asked for its health by `probe`", async () => {
    await listen();
    const probe = (...args: string[]) => TracerService.run(["probe", ...args, "--socket", socketPath]);
    expect(await probe()).toMatchObject({ code: 0, stdout: "tracing\n" });
    expect(await probe("health")).toMatchObject({ code: 0, stdout: "alive\n" });
    const nobody = await TracerService.run(["probe", "ready", "--socket", "/no/socket"]);
    expect(nobody.code).toBe(1);
    expect(nobody.stderr).toMatch(
      /^tracer-service: the service does not answer on \/no\/socket: .*ENOENT.*\n$/,
    );
  });

  it("filters in the service, by query and by message", async () => {
    await listen();
    const byUser = await read("?username=jessie");
    const byWorkspace = await read("?workspace=robin/other&workspace=nobodys");
    const byMessage = await read("?events=none");
    await run("jessie", "main", "1");
    byMessage.send({ type: "subscribe", filter: { usernames: ["robin"], workspaces: [] } });
    await byMessage.until("it is subscribed", () => byMessage.of("subscribed").length === 1);
    for (const [user, name, argument] of [
      ["robin", "main", "2"],
      ["robin", "other", "3"],
      ["jessie", "main", "4"],
    ] as const) {
      await run(user, name, argument);
    }
    await byUser.until("the last is told", () => byUser.execs.includes("4"));
    await byMessage.until("the last of robin's is told", () => byMessage.execs.includes("3"));
    const own = (reader: ApiReader): unknown[] =>
      reader.execs.filter((argument) => /^\d$/.test(argument ?? ""));
    expect(own(byUser)).toEqual(["1", "4"]);
    expect(own(byWorkspace)).toEqual(["3"]);
    expect(own(byMessage)).toEqual(["2", "3"]);
  });

  it("replays what came after a number, and says what an earlier run's number can't mean", async () => {
    await listen();
    for (const argument of ["1", "2", "3"]) await run("jessie", "main", argument);
    const all = await read("?since=0");
    await all.until("all is replayed", () => all.execs.includes("3"));
    const second = all.events.find(({ msg, fields }) => msg === "exec" && fields.event.argv.at(-1) === "2")
      ?.fields.event.seq;
    expect(second).toBeGreaterThan(0);
    const later = await read(`?since=${String(second)}`);
    const other = await read("?since=7&run=another");
    await later.until("the rest is replayed", () => later.execs.includes("3"));
    await other.until("all is replayed", () => other.execs.includes("3"));
    expect(later.events.map((line) => line.fields.event.seq)).toEqual(
      all.events.map((line) => line.fields.event.seq).filter((seq) => seq > Number(second)),
    );
    expect(other.of("gap")).toMatchObject([{ reason: "restarted", firstSeq: 8, lastSeq: 0 }]);
    expect(other.events.slice(0, all.events.length)).toEqual(all.events);
  });

  it("names the workspaces, with what they did", async () => {
    await listen();
    await run("jessie", "main", "x");
    const events = await read("?since=0");
    await events.until("the exec is told", () => events.execs.includes("x"));
    const reader = await read("?events=none");
    const { status, headers, body } = await ask({ socketPath }, "/v1/workspaces");
    const { workspaces } = JSON.parse(body) as { workspaces: WorkspaceState[] };
    expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "application/json" });
    expect(workspaces).toMatchObject([
      {
        labels: { username: "jessie", workspace_name: "main" },
        attribution: "cgroup",
        activity: "logging",
        lastCommand: "/bin/true x",
      },
    ]);
    expect(reader.of("workspaces")[0]?.changed.map(({ id }) => id)).toEqual(workspaces.map(({ id }) => id));
  });

  it.each([
    ["not JSON", "{", 1008, /not JSON/],
    ["an unknown message", { type: "shout" }, 1008, /unknown type/],
    ["a key that is none", { type: "unsubscribe", all: 1 }, 1008, /unknown key/],
    ["a message that is too long", "x".repeat(65_537), 1009, /^/],
    ["a binary message", Buffer.from("{}"), 1003, /binary/],
    ["text that is not UTF-8", "notUtf8", 1007, /^/],
  ] as const)("ends a stream on %s, and only that one", async (_name, message, code, reason) => {
    await listen();
    const other = await read();
    const wrong = await read();
    if (Buffer.isBuffer(message)) wrong.socket.send(message);
    else if (message === "notUtf8") wrong.socket.send(Buffer.from([0xff]), { binary: false });
    else wrong.send(message);
    const ended = await wrong.closed;
    expect(ended.code).toBe(code);
    expect(ended.reason).toMatch(reason);
    await run("jessie", "main", "after");
    await other.until("the other goes on", () => other.execs.includes("after"));
    expect((await ask({ socketPath }, "/metrics")).body).toContain(
      `process_logging_streams_closed_total{code="${String(code)}"} 1`,
    );
  });

  it("tells a reader that is too slow exactly what it missed, and no other is held up", async () => {
    await listen();
    const quick = await read();
    const slow = await read();
    await slow.until("it is subscribed", () => slow.of("snapshot").length === 1);
    slow.socket.pause();
    const workspace = host.workspace("jessie", "main");
    // Some 36 MB of arguments, more than sockets and queue hold, no faster than the quick one reads.
    for (const argument of Array.from({ length: 10 }, (_, part) => String(part))) {
      await workspace.sh(manyExecs, "30", "x".repeat(120_000));
      await workspace.run(["/bin/true", argument]);
      await quick.until("the quick one has all", () => quick.execs.includes(argument));
    }
    expect(quick.of("gap")).toEqual([]);
    slow.socket.resume();
    await slow.until("the gap is told", () => slow.of("gap").length > 0);
    const last = quick.events.at(-1)?.fields.event.seq ?? 0;
    const [gap] = slow.of("gap");
    expect(gap).toMatchObject({ reason: "slow_reader" });
    const told = slow.events.map((line) => line.fields.event.seq);
    const missed = quick.events
      .map((line) => line.fields.event.seq)
      .filter((seq) => !told.includes(seq) && seq <= last);
    const gaps = slow.of("gap").reduce((sum, { events = 0 }) => sum + events, 0);
    expect(gaps).toBe(missed.length);
    expect(gap?.firstSeq).toBe(missed[0]);
  });

  it.each([
    ["an unknown path", "/v1/other", {}, 404, "not_found"],
    ["another method", "/v1/workspaces", { method: "POST" }, 405, "method_not_allowed"],
    ["a body", "/v1/workspaces", { body: "x", headers: { "content-length": "1" } }, 413, "body_refused"],
    ["a web page", "/v1/workspaces", { headers: { origin: "http://localhost" } }, 403, "origin_refused"],
    ["a token in the URL", "/v1/workspaces?access_token=x", {}, 400, "token_in_url"],
    ["a stream without an upgrade", "/v1/stream", {}, 426, "websocket_required"],
    ["long headers", "/healthz", { headers: { x: "x".repeat(20_000) } }, 431, "headers_too_large"],
  ])("refuses %s", async (_name, path, options, status, code) => {
    await listen();
    const answer = await ask({ socketPath }, path, options);
    expect({ status: answer.status, code: refusalCode(answer) }).toEqual({ status, code });
    expect((await ask({ socketPath }, "/healthz")).body).toBe("alive\n");
  });

  it.each([
    ["another version", { version: "process-logging.v2" }, 426, "other_version", /v1.*v2/],
    ["no version", { version: "" }, 426, "other_version", /no version/],
    ["a web page", { headers: { origin: "http://localhost" } }, 403, "origin_refused", /Origin/],
    ["a number that is none", { query: "?since=-1" }, 400, "bad_query", /since/],
    ["a key that is none", { query: "?user=jessie" }, 400, "bad_query", /unknown key/],
  ])("refuses a stream for %s", async (_name, options, status, code, says) => {
    await listen();
    const answer = await refusal(ApiReader.open({ socketPath }, options));
    expect({ status: answer.status, code: refusalCode(answer) }).toEqual({ status, code });
    expect(answer.body).toMatch(says);
  });

  it("says 503 to streams above the limit, and takes one more when one has left", async () => {
    await listen();
    const [first] = await Promise.all(Array.from({ length: 256 }, () => read("?events=none")));
    const answer = await refusal(ApiReader.open({ socketPath }));
    expect({ status: answer.status, code: refusalCode(answer) }).toEqual({
      status: 503,
      code: "too_many_clients",
    });
    await first?.end();
    await expect(read("?events=none")).resolves.toBeDefined();
  });

  it("ends a request that never comes to its end with 408", async () => {
    await listen();
    const socket = connect(socketPath);
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    socket.write("GET /healthz HTTP/1.1\r\nHost: node\r\nX-Slow: ");
    await new Promise((resolve) => socket.once("close", resolve));
    expect(text).toMatch(/^HTTP\/1\.1 408 .*"request_timeout"/s);
  });

  it("counts in its metrics, and names nobody there", async () => {
    await listen();
    await read();
    await run("jessie", "main", "x");
    // What has just run may still be in the ring.
    const { body, headers } = await vi.waitFor(async () => {
      const answer = await ask({ socketPath }, "/metrics");
      expect(answer.body).toMatch(/^process_logging_events_total\{kind="exec"\} 1$/m);
      return answer;
    });
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(body).toMatch(/^process_logging_clients 1$/m);
    expect(body).toMatch(/^process_logging_ready 1$/m);
    expect(body).not.toMatch(/jessie|main/);
  });
});

describeKernel("the API on a loopback address", () => {
  let host: TracedHost;
  let tokenFile: string;

  beforeEach(() => {
    host = new TracedHost();
    tokenFile = join(host.directory, "token");
    writeFileSync(tokenFile, `${TOKEN}\n`, { mode: 0o600 });
  });

  afterEach(async () => {
    await host.close();
  });

  const authorization = (token: string): { headers: Record<string, string> } => ({
    headers: { authorization: `Bearer ${token}` },
  });

  const listen = async (): Promise<{ service: TracerService; port: number }> => {
    const service = await host.trace(["--listen", "127.0.0.1:0", "--token-file", tokenFile, "--log", "none"]);
    return { service, port: Number(/"port":(\d+)/.exec(service.stderr)?.[1]) };
  };

  it("serves nothing without the token, and follows the file when it changes", async () => {
    const { service, port } = await listen();
    for (const path of ["/v1/workspaces", "/healthz", "/readyz", "/metrics", "/other"]) {
      const answer = await ask({ port }, path);
      expect({ path, status: answer.status, code: refusalCode(answer) }).toEqual({
        path,
        status: 401,
        code: "unauthorized",
      });
    }
    expect((await ask({ port }, "/v1/workspaces", authorization(`${TOKEN}x`))).status).toBe(401);
    expect((await ask({ port }, "/v1/workspaces", authorization(TOKEN))).status).toBe(200);
    writeFileSync(tokenFile, "another-token-of-this-test");
    expect((await ask({ port }, "/v1/workspaces", authorization(TOKEN))).status).toBe(401);
    expect((await ask({ port }, "/v1/workspaces", authorization("another-token-of-this-test"))).status).toBe(
      200,
    );
    chmodSync(tokenFile, 0o644);
    expect((await ask({ port }, "/v1/workspaces", authorization("another-token-of-this-test"))).status).toBe(
      503,
    );
    await service.said("the token file can't be used any more");
  });

  it("streams to who knows the token, and to no web page that does", async () => {
    const { port } = await listen();
    const reader = await ApiReader.open({ port }, authorization(TOKEN));
    await host.workspace("jessie", "main").run(["/bin/true", "x"]);
    await reader.until("the exec is told", () => reader.execs.includes("x"));
    await reader.end();
    expect((await refusal(ApiReader.open({ port }))).status).toBe(401);
    const { headers } = authorization(TOKEN);
    const answer = await refusal(
      ApiReader.open({ port }, { headers: { ...headers, origin: "http://127.0.0.1" } }),
    );
    expect(answer.status).toBe(403);
  });

  it.each([
    ["without a token file", ["--listen", "127.0.0.1:0"], /needs --token-file/],
    ["on an address that others reach", ["--listen", "0.0.0.0:0"], /expected a loopback address/],
    [
      "with neither a log nor an API",
      ["--listen", "none", "--log", "none"],
      /--log none leaves only the API/,
    ],
    [
      "for a group that is none",
      ["--listen", "unix:/run/x.sock", "--listen-group", "no such group"],
      /there is no group/,
    ],
  ])("does not start %s", async (_name, args, why) => {
    const { code, stderr } = await TracerService.run(["run", "--rules", host.rules, ...args]);
    expect({ code, lines: stderr.split("\n").length }).toEqual({ code: 1, lines: 2 });
    expect(stderr).toMatch(why);
  });

  it("does not start with a token file that others may read", async () => {
    chmodSync(tokenFile, 0o640);
    const args = ["run", "--rules", host.rules, "--listen", "127.0.0.1:0", "--token-file", tokenFile];
    const { code, stderr } = await TracerService.run(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(/mode is not 0600/);
  });
});
