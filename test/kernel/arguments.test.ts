import fc from "fast-check";
import { expect, it } from "vitest";

import type { ExecEvent } from "../../protocol/events.ts";
import { encodeArgumentLists } from "./support/argumentLists.ts";
import { describeKernel } from "./support/describeKernel.ts";
import { succeeded, type TestCgroup } from "./support/testCgroup.ts";
import type { TestPrograms } from "./support/testPrograms.ts";
import type { TracedNode } from "./support/tracedNode.ts";
import { useTracedWorkspace } from "./support/useTracedWorkspace.ts";

/** Arguments are whole up to here, their NULs included; of longer ones the first and the last half are kept. */
const WHOLE_BYTES = 32 * 1024;
const HALF_BYTES = WHOLE_BYTES / 2;

describeKernel("arguments", () => {
  let node: TracedNode;
  let programs: TestPrograms;
  let workspace: TestCgroup;

  useTracedWorkspace((traced) => {
    ({ node, programs, workspace } = traced);
  });

  /** Executes a program once with each list and returns the events, in order. */
  async function execute(lists: readonly (readonly (string | Buffer)[])[]): Promise<ExecEvent[]> {
    const before = node.execs.length;
    const input = encodeArgumentLists(lists);
    succeeded(await workspace.run([programs.path("exec_list"), programs.path("nothing")], { input }));
    await node.settle();
    return node.execs.slice(before).filter(({ exe }) => exe === programs.path("nothing"));
  }

  async function executeOne(list: readonly (string | Buffer)[]): Promise<ExecEvent> {
    const [exec, ...others] = await execute([list]);
    expect(others).toEqual([]);
    if (exec === undefined) throw new Error("the exec was not logged");
    return exec;
  }

  it.each<[string, string[]]>([
    ["empty ones, also first and last", ["", "a", "", "", "b", ""]],
    ["line feeds and other controls", ["a\nb", "\r\t\u001b[31m", "\u007f", "\n"]],
    ["any script, and what is outside of the basic plane", ["größe", "名前", "🦊", "\u202e\u2028"]],
    ["text that looks quoted", ['"', "'", "\\", "$(x)", "--a=b c"]],
    ["one that is empty", [""]],
    ["3,000 of them", ["x", ...Array.from({ length: 2999 }, (_, i) => `argument${String(i)}`.slice(0, 9))]],
    ["one of 32 KiB", ["a".repeat(WHOLE_BYTES - 1)]],
    ["many that are 32 KiB in all", ["x", "y".repeat(WHOLE_BYTES - 6), "zz"]],
  ])("keeps them whole: %s", async (_name, argv) => {
    expect(await executeOne(argv)).toMatchObject({
      argv,
      argCount: argv.length,
      argsBytes: argv.reduce((sum, each) => sum + Buffer.byteLength(each) + 1, 0),
      truncated: false,
      cut: undefined,
      raw: undefined,
    });
  });

  it("shows one empty argument where there was none at all", async () => {
    expect(await executeOne([])).toMatchObject({ argv: [""], truncated: false });
  });

  it("keeps bytes that are not UTF-8 beside the text", async () => {
    const bytes = [
      Buffer.from("plain"),
      Buffer.from([0x61, 0xff, 0x62]),
      Buffer.from([0xc3]),
      Buffer.from("é"),
    ];
    expect(await executeOne(bytes)).toMatchObject({
      argv: ["plain", "a\ufffdb", "\ufffd", "é"],
      raw: { argv: [null, bytes[1]?.toString("base64"), bytes[2]?.toString("base64"), null] },
      truncated: false,
    });
  });

  it("keeps the head and the tail of one argument of 100 KB, and its true length", async () => {
    const long = `head${"x".repeat(102_400 - 8)}tail`;
    const argsBytes = long.length + 5;
    const exec = await executeOne(["x", long, "z"]);
    const head = long.slice(0, HALF_BYTES - 2);
    const tail = long.slice(-(HALF_BYTES - 3));
    expect(exec).toMatchObject({
      argv: ["x", `${head}…${tail}`, "z"],
      argCount: 3,
      argsBytes,
      truncated: true,
      cut: { argument: 1, missingBytes: argsBytes - WHOLE_BYTES },
    });
  });

  it("cuts arguments of 32 KiB and one byte", async () => {
    const exec = await executeOne(["a".repeat(WHOLE_BYTES)]);
    expect(exec).toMatchObject({
      argv: [`${"a".repeat(HALF_BYTES)}…${"a".repeat(HALF_BYTES - 1)}`],
      argsBytes: WHOLE_BYTES + 1,
      truncated: true,
      cut: { argument: 0, missingBytes: 1 },
    });
  });

  it("shows the end of a command that is hidden behind padding", async () => {
    const padding = Array.from({ length: 40 }, () => " ".repeat(2000));
    const exec = await executeOne(["sh", "-c", ...padding, "rm", "-rf", "/"]);
    expect(exec.argv.slice(0, 2)).toEqual(["sh", "-c"]);
    expect(exec.argv.slice(-3)).toEqual(["rm", "-rf", "/"]);
    expect(exec).toMatchObject({ truncated: true, argCount: 45 });
    expect(exec.argv[exec.cut?.argument ?? -1]).toContain("…");
  });

  it.each([0, 1, 2, 3])("cuts no character in two, with %i bytes before it", async (shift) => {
    const fox = "🦊";
    const long = `${"a".repeat(shift)}${fox.repeat(10_000)}`;
    const exec = await executeOne([long, "end"]);
    const [shown] = exec.argv;
    if (shown === undefined) throw new Error("no arguments");
    expect(exec.raw).toBeUndefined();
    expect(shown).toMatch(/^a*🦊+…🦊+$/u);
    expect(Buffer.byteLength(shown) - Buffer.byteLength("…") + (exec.cut?.missingBytes ?? 0)).toBe(
      Buffer.byteLength(long),
    );
    expect(exec.argv.at(-1)).toBe("end");
  });

  it("never shows a byte of another record", async () => {
    const character = fc.constantFrom("a", "Z", "0", " ", "\n", "é", "名", "🦊");
    const short = fc.array(fc.string({ unit: character, maxLength: 200 }), { minLength: 1, maxLength: 40 });
    const long = fc.array(fc.string({ unit: character, minLength: 1000, maxLength: 4000 }), {
      minLength: 1,
      maxLength: 2,
    });
    const lists = fc.sample(fc.oneof({ weight: 4, arbitrary: short }, { weight: 1, arbitrary: long }), 300);
    const execs = await execute(lists);
    expect(execs.map(({ argv }) => argv)).toEqual(lists);
  });
});
