import { describe, expect, it } from "vitest";
import { SourceRegistry } from "../../../../extension/source/sourceRegistry.ts";
import { FakeSource } from "./fakeSource.ts";

function open() {
  const registry = new SourceRegistry();
  const told: string[][] = [];
  registry.onDidChange(() => told.push(registry.all.map(({ id }) => id)));
  return { registry, told };
}

describe("SourceRegistry", () => {
  it("keeps sources in the order in which they came, and tells each change", () => {
    const { registry, told } = open();
    registry.add(new FakeSource("b"));
    registry.add(new FakeSource("a"));
    registry.remove("b");
    expect(told).toEqual([["b"], ["b", "a"], ["a"]]);
  });

  it("disposes of a source that is replaced or removed, and of no other", () => {
    const { registry } = open();
    const [old, fresh, other] = [new FakeSource("a"), new FakeSource("a"), new FakeSource("b")];
    registry.add(old);
    registry.add(other);
    registry.add(fresh);
    expect([old.disposed, fresh.disposed, other.disposed]).toEqual([1, 0, 0]);
    expect(registry.all).toEqual([fresh, other]);
    registry.remove("a");
    registry.remove("a");
    expect([old.disposed, fresh.disposed, other.disposed]).toEqual([1, 1, 0]);
  });

  it("does nothing where the same source is added again or an unknown one removed", () => {
    const { registry, told } = open();
    const source = new FakeSource("a");
    registry.add(source);
    registry.add(source);
    registry.remove("other");
    expect({ told: told.length, disposed: source.disposed }).toEqual({ told: 1, disposed: 0 });
  });

  it("gives another list after a change, so that a reader's list stays as it was", () => {
    const { registry } = open();
    registry.add(new FakeSource("a"));
    const before = registry.all;
    registry.add(new FakeSource("b"));
    expect(before).toHaveLength(1);
  });

  it("disposes of everything at its end", () => {
    const { registry, told } = open();
    const source = new FakeSource("a");
    registry.add(source);
    registry.dispose();
    expect({ disposed: source.disposed, all: registry.all, told: told.length }).toEqual({
      disposed: 1,
      all: [],
      told: 1,
    });
  });
});
