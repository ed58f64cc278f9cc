/** Words of these characters mean themselves everywhere; `=` in front would be expanded by some shells. */
const PLAIN = /^[\w@%+:,./-][\w@%+=:,./-]*$/;

/** The same without `=`, which would make the first one an assignment. */
const PLAIN_NAME = /^[\w@%+:,./-]+$/;

/** Words that a shell takes for its own grammar when they come first (XCU 2.4, and what bash and ksh add). */
const RESERVED: ReadonlySet<string> = new Set([
  "case",
  "coproc",
  "do",
  "done",
  "elif",
  "else",
  "esac",
  "fi",
  "for",
  "function",
  "if",
  "in",
  "select",
  "then",
  "time",
  "until",
  "while",
]);
const LONGEST_RESERVED = Math.max(...[...RESERVED].map(({ length }) => length));

/** A command line that a POSIX shell splits into exactly these arguments. They must not hold NUL. */
export function quoteForShell(argv: readonly string[]): string {
  let line = "";
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? "";
    if (index === 0) line = isCommandName(word) ? word : singleQuoted(word);
    else if (word === REPLACEMENT) line += REPLACEMENT_WORD;
    else if (word.length === 1) line += characterWords[word.charCodeAt(0)] ?? ` '${word}'`;
    else line += ` ${quoted(word)}`;
  }
  return line;
}

/** Whether a shell splits the words, one space between them, into these arguments: all as they are, none quoted. */
export function isPlainCommand(argv: readonly string[]): boolean {
  const [command] = argv;
  if (command === undefined || !isCommandName(command)) return false;
  for (let i = 1; i < argv.length; i++) if (!PLAIN.test(argv[i] ?? "")) return false;
  return true;
}

/** Whether the first word, as it stands, is neither an assignment nor grammar. */
function isCommandName(word: string): boolean {
  return PLAIN_NAME.test(word) && !(word.length <= LONGEST_RESERVED && RESERVED.has(word));
}

/** As a word after the first. */
function quoted(word: string): string {
  return PLAIN.test(word) ? word : singleQuoted(word);
}

function singleQuoted(word: string): string {
  return word.includes("'") ? `'${word.replaceAll("'", "'\\''")}'` : `'${word}'`;
}

/** Of each ASCII character the word after the first that is only this, with the space before it: there may be very many. */
const characterWords = Array.from({ length: 0x80 }, (_, code) => ` ${quoted(String.fromCharCode(code))}`);

/** What stands for each byte that is not UTF-8, and as a word after the first. */
const REPLACEMENT = "\ufffd";
const REPLACEMENT_WORD = ` ${quoted(REPLACEMENT)}`;
