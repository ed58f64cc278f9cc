import { describe, expect, it } from "vitest";
import {
  EMPTY_FILTER,
  isEmptyFilter,
  parseViewFilter,
} from "../../../../extension/filter/parseViewFilter.ts";
import { toStreamFilter } from "../../../../extension/filter/toStreamFilter.ts";
import { ViewFilterState } from "../../../../extension/filter/viewFilterState.ts";
import { MAX_CLIENT_MESSAGE_BYTES } from "../../../../protocol/stream.ts";
import type { ViewFilter } from "../../../../protocol/webviewMessages.ts";

class FakeMemento {
  readonly stored = new Map<string, unknown>();

  get(key: string): unknown {
    return this.stored.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    // As the editor does: only what JSON can say survives.
    this.stored.set(key, JSON.parse(JSON.stringify(value)));
    return Promise.resolve();
  }
}

function open(memento: FakeMemento): ViewFilterState {
  return new ViewFilterState(memento);
}

const names = (count: number, length: number): string[] =>
  Array.from({ length: count }, (_, index) => String(index).padStart(length, "x"));

describe("ViewFilterState", () => {
  it("is the same after a reload", () => {
    const memento = new FakeMemento();
    const before = open(memento);
    before.set({ usernames: ["jessie"], workspaces: [{ username: undefined, workspaceName: "main" }] });
    before.set({ expression: "cmd:curl" });
    expect(open(memento).current).toEqual(before.current);
    expect(before.current.expression).toBe("cmd:curl");
  });

  it("tells a change once, and nothing where nothing changes", () => {
    const state = open(new FakeMemento());
    const told: ViewFilter[] = [];
    state.onDidChange((filter) => told.push(filter));
    state.set({ usernames: ["jessie"] });
    state.set({ usernames: ["jessie"] });
    state.set({ usernames: ["jessie", "jessie"] });
    state.clear();
    state.clear();
    expect(told).toEqual([{ ...EMPTY_FILTER, usernames: ["jessie"] }, EMPTY_FILTER]);
  });

  it.each<[string, unknown]>([
    ["text", "jessie"],
    ["other types", { usernames: [1], workspaces: [], expression: "" }],
    ["missing parts", { usernames: [] }],
    ["null", null],
  ])("begins empty where the stored state is broken: %s", (_, stored) => {
    const memento = new FakeMemento();
    memento.stored.set("filter", stored);
    expect(open(memento).current).toEqual(EMPTY_FILTER);
  });

  it("refuses a change that is too big, and keeps what it had", () => {
    const state = open(new FakeMemento());
    state.set({ usernames: ["jessie"] });
    expect(() => {
      state.set({ usernames: names(1_001, 4) });
    }).toThrow("the filter is too big");
    expect(state.current.usernames).toEqual(["jessie"]);
  });
});

describe("parseViewFilter", () => {
  it.each<[string, unknown]>([
    ["an empty name", { ...EMPTY_FILTER, usernames: [""] }],
    ["a name that is too long", { ...EMPTY_FILTER, usernames: ["x".repeat(257)] }],
    ["too many names", { ...EMPTY_FILTER, usernames: names(1_001, 4) }],
    ["an expression that is too long", { ...EMPTY_FILTER, expression: "x".repeat(4_097) }],
    ["a workspace without a name", { ...EMPTY_FILTER, workspaces: [{ username: "jessie" }] }],
    ["a workspace that is text", { ...EMPTY_FILTER, workspaces: ["main"] }],
    ["a list that is none", { ...EMPTY_FILTER, usernames: { length: 0 } }],
  ])("refuses %s", (_, value) => {
    expect(parseViewFilter(value)).toBeUndefined();
  });

  it("keeps nothing that it does not know", () => {
    expect(parseViewFilter({ ...EMPTY_FILTER, more: 1 })).toEqual(EMPTY_FILTER);
  });

  it.each<[string, ViewFilter, boolean]>([
    ["nothing", EMPTY_FILTER, true],
    ["blanks", { ...EMPTY_FILTER, expression: "  " }, true],
    ["a user", { ...EMPTY_FILTER, usernames: ["jessie"] }, false],
    ["an expression", { ...EMPTY_FILTER, expression: "curl" }, false],
  ])("knows whether a filter lets everything through: %s", (_, filter, empty) => {
    expect(isEmptyFilter(filter)).toBe(empty);
  });
});

describe("toStreamFilter", () => {
  it("leaves the expression to the view", () => {
    const workspaces = [{ username: "jessie", workspaceName: "main" }];
    expect(toStreamFilter({ usernames: ["robin"], workspaces, expression: "cmd:curl" })).toEqual({
      usernames: ["robin"],
      workspaces,
    });
  });

  it.each<[string, number, number, [number, number]]>([
    ["both lists", 10, 10, [10, 10]],
    ["only users where both don't fit", 100, 900, [100, 0]],
    ["everything where no list fits", 900, 10, [0, 0]],
  ])("asks for what fits into one request: %s", (_, users, workspaces, expected) => {
    const filter = toStreamFilter({
      usernames: names(users, 200),
      workspaces: names(workspaces, 200).map((workspaceName) => ({ username: undefined, workspaceName })),
      expression: "",
    });
    expect([filter.usernames.length, filter.workspaces.length]).toEqual(expected);
    expect(JSON.stringify(filter).length).toBeLessThan(MAX_CLIENT_MESSAGE_BYTES);
  });
});
