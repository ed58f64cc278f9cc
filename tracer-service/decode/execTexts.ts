import { constants, layout } from "../kernel/layout.ts";
import type { RecordMemory } from "../kernel/ringBuffer.ts";
import { decodePath } from "./decodePath.ts";
import { decodeText } from "./decodeText.ts";
import { halfWordAt } from "./halfWord.ts";
import { MadeOfBytes } from "./madeOfBytes.ts";

const at = layout.exec_record;
const COMM_BYTES = 16;
/** The flags that say how a text is to be read. */
const TEXT_FLAGS = constants.EXEC_EXE_TRUNCATED | constants.EXEC_CWD_TRUNCATED | constants.EXEC_MEMFD;
const HAS_NON_ASCII = /[^\0-\x7f]/;

/** All text of an exec record but the arguments. */
export interface ExecTexts {
  readonly comm: string;
  readonly tty: string | undefined;
  readonly filename: string;
  readonly exe: string;
  readonly interpreter: string | undefined;
  readonly cwd: string;
  /** Base64 of those that are not UTF-8, by name. */
  readonly raw: Readonly<Record<string, string>> | undefined;
}

/** Decodes the texts of exec records. They repeat a lot, so it remembers them, by the bytes that the kernel wrote. */
export class ExecTextDecoder {
  readonly #known = new MadeOfBytes<{ readonly flags: number; readonly texts: ExecTexts }>();

  /** `argsOffset`: where in memory the arguments begin; the texts must lie between the record's head and there. */
  decode(memory: RecordMemory, offset: number, argsOffset: number, recordFlags: number): ExecTexts {
    // From the lengths on, so that the same bytes can't be meant in two ways.
    const start = offset + at.filename_bytes;
    const flags = recordFlags & TEXT_FLAGS;
    const known = this.#known.find(memory.words, start, argsOffset);
    if (known?.flags === flags) return known.texts;
    const latin1 = memory.bytes.toString("latin1", offset + at.comm, argsOffset);
    const texts = decodeTexts(memory, offset, latin1, flags);
    this.#known.keep(memory.words, start, argsOffset, { flags, texts });
    return texts;
  }
}

/** `latin1`: the bytes from `comm` to the arguments. */
function decodeTexts(memory: RecordMemory, offset: number, latin1: string, flags: number): ExecTexts {
  const length = (lengthAt: number): number => halfWordAt(memory, offset + lengthAt);
  const filenameAt = at.size - at.comm;
  const exeAt = filenameAt + length(at.filename_bytes);
  const interpreterAt = exeAt + length(at.exe_bytes);
  const cwdAt = interpreterAt + length(at.interpreter_bytes);

  const ascii = !HAS_NON_ASCII.test(latin1);
  const raw: Record<string, string> = {};
  const decoded = (name: string, text: string): string => {
    if (ascii) return text;
    const found = decodeText(Buffer.from(text, "latin1"));
    if (found.raw !== undefined) raw[name] = found.raw;
    return found.text;
  };
  const fixed = (name: string, from: number): string => {
    const stop = latin1.indexOf("\0", from);
    return decoded(
      name,
      latin1.substring(from, stop < 0 || stop > from + COMM_BYTES ? from + COMM_BYTES : stop),
    );
  };
  const path = (name: string, components: string, inDirectory: boolean, walkEnded: boolean): string => {
    const found = decoded(name, decodePath(components, inDirectory));
    return walkEnded ? `…${found}` : found;
  };

  const texts = {
    exe: path(
      "exe",
      latin1.substring(exeAt, interpreterAt),
      !(flags & constants.EXEC_MEMFD),
      (flags & constants.EXEC_EXE_TRUNCATED) !== 0,
    ),
    cwd: path("cwd", latin1.substring(cwdAt), true, (flags & constants.EXEC_CWD_TRUNCATED) !== 0),
    comm: fixed("comm", 0),
    filename: decoded("filename", latin1.substring(filenameAt, exeAt)),
    interpreter:
      interpreterAt === cwdAt ? undefined : decoded("interpreter", latin1.substring(interpreterAt, cwdAt)),
    tty: memory.words[(offset + at.tty) >> 2] === 0 ? undefined : fixed("tty", at.tty - at.comm),
  };
  return { ...texts, raw: Object.keys(raw).length === 0 ? undefined : raw };
}
