import { resolve } from "node:path";
import { parseArgs } from "node:util";

/**
 * @typedef {object} HostFlags What `npm start` is told.
 * @property {number} port Where code-server listens.
 * @property {boolean} portGiven The user named the port: another one would not be what was asked for.
 * @property {string | undefined} folder Whole path of the folder that code-server opens; undefined: none.
 * @property {string} log Where the log goes: a whole path, `-` for stdout or `none`.
 */

const DEFAULT_PORT = 8080;
const KNOWN = "the flags are --port N, --folder DIR and --log FILE|-|none";

/** What the flags mean, for people. */
export const USAGE = `Usage: npm start [-- [--port N] [--folder DIR] [--log FILE|-|none]]

  --port N      where code-server listens on 127.0.0.1 (default: ${DEFAULT_PORT}, or the next port that is free)
  --folder DIR  what code-server opens (default: nothing)
  --log WHERE   where log lines go: a file, - for stdout, or none (default: none; the editor shows them in any case)
`;

/**
 * Reads the flags; relative paths start at `cwd`. Undefined when help is asked for. Throws one line for what is not
 * understood.
 * @param {readonly string[]} args
 * @param {string} cwd
 * @returns {HostFlags | undefined}
 */
export function parseHostFlags(args, cwd) {
  const { help, port, folder, log } = parse(args);
  if (help === true) return undefined;
  for (const [name, value] of Object.entries({ port, folder, log })) {
    if (value === "") throw new Error(`--${name} needs a value: ${KNOWN}`);
  }
  return {
    port: port === undefined ? DEFAULT_PORT : parsePort(port),
    portGiven: port !== undefined,
    folder: folder === undefined ? undefined : resolve(cwd, folder),
    log: log === undefined ? "none" : log === "-" || log === "none" ? log : resolve(cwd, log),
  };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string" },
        folder: { type: "string" },
        log: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
      strict: true,
    }).values;
  } catch (error) {
    // Node goes on to explain how to write a value that begins with a dash.
    const [what = ""] = (error instanceof Error ? error.message : String(error)).split(/[.\n]/);
    throw new Error(`${what}: ${KNOWN}`, { cause: error });
  }
}

/** @param {string} text */
function parsePort(text) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new Error(`--port ${text}: expected a whole number from 1 to 65535`);
  return port;
}
