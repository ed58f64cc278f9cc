import { describe, expect, it } from "vitest";

import { ExecTextDecoder, type ExecTexts } from "../../../../tracer-service/decode/execTexts.ts";
import { constants, layout } from "../../../../tracer-service/kernel/layout.ts";
import { recordMemory } from "../../../../tracer-service/kernel/ringBuffer.ts";
import { encodeExec, encodePath } from "./fixtureRecords.ts";

const TEXTS = {
  filename: Buffer.from("./true"),
  exe: encodePath("/usr/bin/true"),
  interpreter: Buffer.from("/bin/sh"),
  cwd: encodePath("/home/jessie"),
};

function decode(decoder: ExecTextDecoder, record: Buffer, flags = 0): ExecTexts {
  const aligned = new Uint8Array(Math.ceil(record.length / 8) * 8);
  aligned.set(record);
  return decoder.decode(recordMemory(aligned.buffer), 0, record.length, flags);
}

describe("the texts of an exec record", () => {
  it("are the same object while they are the same bytes", () => {
    const decoder = new ExecTextDecoder();
    const first = decode(decoder, encodeExec(TEXTS, { comm: Buffer.from("sh") }));
    expect(first).toEqual({
      comm: "sh",
      tty: undefined,
      filename: "./true",
      exe: "/usr/bin/true",
      interpreter: "/bin/sh",
      cwd: "/home/jessie",
      raw: undefined,
    });
    expect(decode(decoder, encodeExec(TEXTS, { comm: Buffer.from("sh"), pid: 7 }))).toBe(first);
  });

  it.each<[string, Buffer, number]>([
    ["another caller", encodeExec(TEXTS, { comm: Buffer.from("bash") }), 0],
    ["a terminal", encodeExec(TEXTS, { comm: Buffer.from("sh"), tty: Buffer.from("pts0") }), 0],
    ["another directory", encodeExec({ ...TEXTS, cwd: encodePath("/home/bob") }), 0],
    [
      "bytes that end elsewhere",
      encodeExec({ ...TEXTS, filename: Buffer.from("./tru"), exe: encodePath("/usr/bin/truee") }),
      0,
    ],
    ["a walk that ended", encodeExec(TEXTS), constants.EXEC_CWD_TRUNCATED],
    ["a file in memory", encodeExec(TEXTS), constants.EXEC_MEMFD],
    [
      "bytes that are no text",
      encodeExec({ ...TEXTS, cwd: encodePath(Buffer.from("/caf\xe9", "latin1")) }),
      0,
    ],
  ])("are told from others: %s", (_, record, flags) => {
    const decoder = new ExecTextDecoder();
    decode(decoder, encodeExec(TEXTS, { comm: Buffer.from("sh") }));
    decode(decoder, encodeExec(TEXTS));
    const alone = decode(new ExecTextDecoder(), record, flags);
    expect(decode(decoder, record, flags)).toEqual(alone);
    expect(decode(decoder, record, flags)).toEqual(alone);
  });

  it("are right when more have been seen than are remembered", () => {
    const decoder = new ExecTextDecoder();
    const first = decode(decoder, encodeExec(TEXTS));
    for (let i = 0; i < 5000; i++) {
      const cwd = `/home/${String(i)}`;
      expect(decode(decoder, encodeExec({ ...TEXTS, cwd: encodePath(cwd) })).cwd).toBe(cwd);
    }
    expect(decode(decoder, encodeExec(TEXTS))).not.toBe(first);
  });

  it("are not remembered where they are long", () => {
    const decoder = new ExecTextDecoder();
    const long = encodeExec({ ...TEXTS, cwd: encodePath(`/${"d".repeat(1024)}`) });
    expect(decode(decoder, long)).not.toBe(decode(decoder, long));
  });

  it("lie in front of the arguments", () => {
    const record = encodeExec({ ...TEXTS, head: Buffer.from("true\0") });
    const decoder = new ExecTextDecoder();
    const aligned = new Uint8Array(Math.ceil(record.length / 8) * 8);
    aligned.set(record);
    const argsOffset =
      layout.exec_record.size + Object.values(TEXTS).reduce((sum, { length }) => sum + length, 0);
    expect(decoder.decode(recordMemory(aligned.buffer), 0, argsOffset, 0).cwd).toBe("/home/jessie");
  });
});
