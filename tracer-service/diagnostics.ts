import { isatty } from "node:tty";
import { pino } from "pino";

/** The service's own diagnostics. */
export interface Diagnostics {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** The service's own diagnostics and how to see them off before the process ends. */
export interface DiagnosticsStream extends Diagnostics {
  /** Resolves when all is written, or can't be: a reader of stderr that takes nothing is not waited for long. */
  flush(): Promise<void>;
}

const FLUSH_LIMIT_MS = 1000;

/** Diagnostics on stderr: JSON lines, or plain ones on a terminal. Never on stdout, which is the log's. */
export function openDiagnostics(): DiagnosticsStream {
  if (isatty(2)) return plainDiagnostics((line) => process.stderr.write(line));
  // Not synchronous: a reader of stderr that is slow must not hold up the log.
  // With a least length of 0, the default, its flush returns at once and lines could follow the service's last word.
  const destination = pino.destination({ fd: 2, sync: false, minLength: 1 });
  // Nobody reads stderr any more: there is no one left to tell, and the log goes on.
  destination.on("error", () => undefined);
  const logger = pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    destination,
  );
  return {
    info: (fields, message) => {
      logger.info(fields, message);
    },
    warn: (fields, message) => {
      logger.warn(fields, message);
    },
    error: (fields, message) => {
      logger.error(fields, message);
    },
    flush: () =>
      new Promise((resolve) => {
        setTimeout(resolve, FLUSH_LIMIT_MS);
        destination.flush(() => {
          resolve();
        });
      }),
  };
}

function plainDiagnostics(write: (line: string) => void): DiagnosticsStream {
  const line = (prefix: string) => (fields: object, message: string) => {
    const details = Object.entries(fields).map(([key, value]) => {
      const text = JSON.stringify(value instanceof Error ? value.message : value);
      return ` ${key}=${text}`;
    });
    write(`${prefix}${message}${details.join("")}\n`);
  };
  return { info: line(""), warn: line("warning: "), error: line("error: "), flush: () => Promise.resolve() };
}
