import { expect, it } from "vitest";
import { distinctName } from "../../../../extension/source/distinctName.ts";

const first = { id: "tracer:unix:/run/a.sock", name: "node-a", place: "/run/a.sock" };
const second = { id: "tracer:unix:/run/b.sock", name: "node-a", place: "/run/b.sock" };
const other = { id: "tracer:unix:/run/c.sock", name: "node-b", place: "/run/c.sock" };
const cluster = { id: "cluster:x", name: "node-a", place: undefined };

it.each([
  ["is its name while no other has it", first, [first, other], "node-a"],
  ["names its place where another has its name", first, [first, second, other], "node-a (/run/a.sock)"],
  ["tells each of them apart", second, [first, second, other], "node-a (/run/b.sock)"],
  ["is its name where it has no place to tell", cluster, [cluster, first], "node-a"],
] as const)("the distinct name of a source %s", (_, source, all, name) => {
  expect(distinctName(source, all)).toBe(name);
});
