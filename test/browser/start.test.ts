import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { hiding } from "../service/support/poorNode.ts";
import { until } from "../service/support/until.ts";
import { describeBrowser } from "./support/describeBrowser.ts";
import { StartedHost, type StartOptions, uidsIn, workspaceDirectory } from "./support/startedHost.ts";

const SOCKET = "/run/process-logging/tracer.sock";
const NOBODY = { SUDO_UID: "65534", SUDO_GID: "65534", SUDO_USER: "nobody" };
const root = join(import.meta.dirname, "../..");

const running: StartedHost[] = [];
const folders: string[] = [];

function start(args: readonly string[], options?: StartOptions): StartedHost {
  const host = new StartedHost(args, options);
  running.push(host);
  return host;
}

async function startReady(args: readonly string[] = [], options?: StartOptions): Promise<StartedHost> {
  const host = start(args, options);
  await host.ready();
  return host;
}

afterEach(async () => {
  for (const host of running.splice(0)) await host.close();
  for (const folder of folders.splice(0)) {
    // What is mounted on it is seen by nobody else. Were it, this would rather fail than remove the checkout.
    for (const each of [join(folder, "checkout"), folder]) rmdirSync(each);
  }
});

/** Runs it from a place that anybody can read, or from one that only root can, wherever the checkout lies. */
function checkoutIn(mode: number): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), "wpl-checkout-"));
  folders.push(folder);
  chmodSync(folder, mode);
  const script =
    'mkdir "$0/checkout" && mount --bind "$1" "$0/checkout" && node="$2" && shift 3 && exec "$node" "$0/checkout/scripts/start.mjs" "$@"';
  // `$2` and `$3` are the words that would start it from the checkout itself.
  return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, folder, root];
}

/** The workspace that it says it logs. */
function workspaceOf(host: StartedHost): string {
  return /logged as the workspace (\S+)\.$/m.exec(host.stderr)?.[1] ?? "";
}

async function login(host: StartedHost, password: string): Promise<{ status: number; cookie: boolean }> {
  const response = await fetch(`${host.address}/login`, {
    method: "POST",
    body: new URLSearchParams({ password, base: "." }),
    redirect: "manual",
  });
  return { status: response.status, cookie: response.headers.has("set-cookie") };
}

async function listen(): Promise<{ server: Server; port: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  return { server, port: String((server.address() as AddressInfo).port) };
}

/** Nothing that it made is there any more. */
function expectNothingLeft(host: StartedHost, workspace: string): void {
  expect(host.processes).toEqual([]);
  expect(readdirSync(host.temporary)).toEqual([]);
  expect(existsSync(workspaceDirectory(workspace))).toBe(false);
}

describeBrowser("npm start", () => {
  it("runs an editor whose password is the one it prints, in a workspace of root's", async () => {
    const socketWasThere = existsSync(SOCKET);
    const host = await startReady(["--port", "8431"]);
    expect(host.stdout).toMatch(/^Open http:\/\/127\.0\.0\.1:8431\nPassword: \S{20,}\n$/);
    expect(await login(host, host.password)).toEqual({ status: 302, cookie: true });
    expect(await login(host, "another")).toEqual({ status: 200, cookie: false });

    const workspace = workspaceOf(host);
    expect(workspace).toMatch(/^\/workspaces\/root\/main(-\d+)?$/);
    expect(uidsIn(workspaceDirectory(workspace))).toContain(0);

    host.signal("SIGINT");
    expect(await host.ended).toBe(0);
    expectNothingLeft(host, workspace);
    expect(existsSync(SOCKET)).toBe(socketWasThere);
    await expect(fetch(host.address)).rejects.toThrow();
  });

  it("runs the editor as who called sudo, and another one beside it by a socket of its own", async () => {
    const first = await startReady(["--port", "8441"]);
    const second = await startReady(["--port", "8442"], { env: NOBODY, through: checkoutIn(0o755) });
    const workspace = workspaceOf(second);
    expect(workspace).toMatch(/^\/workspaces\/nobody\/main(-\d+)?$/);
    expect(new Set(uidsIn(workspaceDirectory(workspace)))).toEqual(new Set([65_534]));

    const [run = ""] = readdirSync(second.temporary);
    const socket = statSync(join(second.temporary, run, "tracer.sock"));
    expect({ gid: socket.gid, mode: socket.mode & 0o777 }).toEqual({ gid: 65_534, mode: 0o660 });
    expect(await login(second, second.password)).toEqual({ status: 302, cookie: true });

    second.signal("SIGTERM");
    expect(await second.ended).toBe(0);
    expectNothingLeft(second, workspace);
    expect((await fetch(`${first.address}/healthz`)).status).toBe(200);
  });

  it("gives each of two that start at the same moment a port, a socket and a workspace of its own", async () => {
    const [first, second] = await Promise.all([startReady(), startReady()]);
    expect(second.address).not.toBe(first.address);
    const workspaces = [first, second].map(workspaceOf);
    expect(new Set(workspaces).size).toBe(2);
    for (const workspace of workspaces) expect(uidsIn(workspaceDirectory(workspace))).toContain(0);
    for (const host of [first, second]) {
      expect(await login(host, host.password)).toEqual({ status: 302, cookie: true });
    }

    first.signal("SIGINT");
    expect(await first.ended).toBe(0);
    expectNothingLeft(first, workspaces[0] ?? "");
    expect(uidsIn(workspaceDirectory(workspaces[1] ?? ""))).toContain(0);
    expect((await fetch(`${second.address}/healthz`)).status).toBe(200);
  });

  it("says that the user can't read the checkout", async () => {
    const host = start([], { env: NOBODY, through: checkoutIn(0o700) });
    expect(await host.ended).toBe(1);
    expect(host.stderr).toMatch(/^nobody, as whom code-server is to run, can't read \S+: .*\n$/);
  });

  describe("ends all, with 1, when", () => {
    it.each([
      ["the tracer", "tracer-service/main.js run", "the tracer service ended by itself (SIGKILL)"],
      ["code-server", "--auth password", "code-server ended by itself"],
    ])("%s ends by itself", async (_what, words, message) => {
      const host = await startReady(["--port", "8451"]);
      const workspace = workspaceOf(host);
      for (const pid of host.processes) {
        const { stdout } = spawnSync("ps", ["-o", "args=", "-p", String(pid)], { encoding: "utf8" });
        if (stdout.includes(words)) process.kill(pid, "SIGKILL");
      }
      expect(await host.ended).toBe(1);
      expect(host.stderr).toContain(message);
      expectNothingLeft(host, workspace);
    });
  });

  it("leaves nothing when it is killed itself", async () => {
    const host = await startReady(["--port", "8461"]);
    const workspace = workspaceOf(host);
    host.signal("SIGKILL");
    await host.ended;
    await until("all has ended", () => host.processes.length === 0);
    expectNothingLeft(host, workspace);
  });

  it("says why a kernel can't trace, and runs the editor all the same", async () => {
    const host = await startReady(["--port", "8471"], { through: hiding("/sys/kernel/btf") });
    expect(host.stderr).toContain("BTF");
    expect(host.stderr).toContain("What still works: opening a recorded log.");
    expect(await login(host, host.password)).toEqual({ status: 302, cookie: true });
    host.signal("SIGINT");
    expect(await host.ended).toBe(0);
    expect(readdirSync(host.temporary)).toEqual([]);
  });

  it("takes another port only when none was named", async () => {
    const { server, port } = await listen();
    try {
      const host = start(["--port", port]);
      expect(await host.ended).toBe(1);
      expect(host.stderr).toBe(
        `port ${port} of 127.0.0.1 is taken: name another one, or none, to get the next that is free\n`,
      );
    } finally {
      server.close();
    }
  });

  it.each([
    ["an unknown flag", ["--prot"], "Unknown option '--prot': "],
    ["a folder that is not there", ["--folder", "/no/such"], "--folder /no/such: there is no such folder"],
  ])("refuses %s in one line", async (_what, args, message) => {
    const host = start(args);
    expect(await host.ended).toBe(1);
    expect(host.stderr.startsWith(message)).toBe(true);
    expect(host.stderr.trimEnd()).not.toContain("\n");
  });
});
