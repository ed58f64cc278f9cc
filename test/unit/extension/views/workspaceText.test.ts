import { describe, expect, it } from "vitest";
import { userText, workspaceText } from "../../../../extension/views/workspaceText.ts";
import type { WorkspaceState } from "../../../../protocol/stream.ts";

const t = (message: string, ...values: (string | number)[]): string =>
  message.replace(/\{(\d)\}/g, (_match, index) => String(values[Number(index)]));

const only = { name: "node-1", isOnly: true };
const one = { name: "node-1", isOnly: false };
const formatTime = (ms: number): string => `at ${String(ms)}`;

const state: WorkspaceState = {
  id: "1",
  labels: { username: "jessie", workspace_name: "main", organization_id: "default" },
  attribution: "cgroup",
  ...{ namespace: undefined, pod: undefined, podUid: undefined },
  cgroup: "/workspaces/jessie/main",
  activity: "logging",
  why: undefined,
  alive: 3,
  execs: 1_842,
  lost: 0,
  rate: 12.4,
  lastCommand: "npm test",
  lastExec: "2026-01-01T00:00:01.000000000Z",
  since: "2026-01-01T00:00:00.000000000Z",
};

describe("workspaceText", () => {
  it("shows rate and last command", () => {
    expect(workspaceText(state, only, t, formatTime)).toMatchObject({
      label: "main",
      description: "12/s · npm test",
      icon: "circle-filled",
      iconText: "logging",
      contextValue: "workspace",
    });
  });

  it("names the node where there are several, and what was lost", () => {
    expect(workspaceText({ ...state, lost: 37 }, one, t, formatTime).description).toBe(
      "12/s · 37 lost · node-1 · npm test",
    );
  });

  it("says why a workspace is not logged", () => {
    const text = workspaceText(
      { ...state, activity: "not_logged", why: "its cgroup is hidden", rate: 0 },
      only,
      t,
      formatTime,
    );
    expect(text).toMatchObject({
      icon: "warning",
      iconText: "",
      description: "not logged: its cgroup is hidden · npm test",
    });
    expect(text.tooltip).not.toContain("Logged since");
  });

  it("names the machine in the tooltip, also where there is only one, and the node of a pod", () => {
    const place = { node: "worker-3", loggedBy: "tracer", labelKeys: undefined } as const;
    const { tooltip, description } = workspaceText({ ...state, place }, only, t, formatTime);
    expect(tooltip.split("\n")).toEqual(expect.arrayContaining(["From: node-1", "Node: worker-3"]));
    expect(description).toBe("12/s · worker-3 · npm test");
  });

  it("has all labels in the tooltip, a line each", () => {
    const lines = workspaceText(state, one, t, formatTime).tooltip.split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        "organization_id: default",
        "username: jessie",
        "workspace_name: main",
        "From: node-1",
        "Logged since at 1767225600000",
        "Last program: at 1767225601000",
      ]),
    );
  });

  it("shows hostile text without letting it act, wherever it stands", () => {
    const hostile = "$(trash)\n[x](command:y)\u202e";
    const text = workspaceText(
      {
        ...state,
        labels: { workspace_name: hostile, [hostile]: hostile },
        lastCommand: hostile,
        why: hostile,
        cgroup: hostile,
        activity: "not_logged",
      },
      { name: hostile, isOnly: false },
      t,
      formatTime,
    );
    const all = [text.label, text.description, text.tooltip].join("\n");
    expect(all).not.toContain("$(");
    expect(all).not.toContain("\u202e");
    expect(text.tooltip.split("\n").filter((line) => line.startsWith("[x]"))).toEqual([]);
  });

  it("can't be filtered by when it has no name", () => {
    expect(workspaceText({ ...state, labels: {} }, only, t, formatTime)).toMatchObject({
      label: "Unknown workspace",
      contextValue: "unknown",
    });
  });

  it("bounds the tooltip", () => {
    const labels = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`k${index}`, "v"]));
    expect(workspaceText({ ...state, labels }, only, t, formatTime).tooltip).toContain("and 968 more labels");
  });
});

describe("userText", () => {
  it("counts workspaces, and names who is not known", () => {
    const user = { type: "user", id: "u", username: "jessie", workspaces: 2, activity: "idle" } as const;
    expect(userText(user, t)).toMatchObject({
      label: "jessie",
      description: "2 workspaces",
      iconText: "idle: no program in the last minute",
      contextValue: "user",
    });
    expect(userText({ ...user, username: undefined, workspaces: 1 }, t)).toMatchObject({
      label: "Unknown user",
      description: "1 workspace",
      contextValue: "unknown",
    });
  });
});
