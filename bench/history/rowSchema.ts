import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { quoteForShell } from "../../protocol/shellQuote.ts";
import type { Logged, Schema } from "./schema.ts";

const ROWS = `CREATE TABLE event (seq INTEGER PRIMARY KEY, username TEXT, ns INTEGER, cmdline TEXT, line TEXT);
  CREATE INDEX event_when ON event (username, ns)`;

/** A row for each event, with an index by workspace and time; sought by `LIKE`, or by an FTS5 index of trigrams. */
export function rowSchema(directory: string, trigrams: boolean): Schema {
  const file = join(directory, trigrams ? "trigrams.db" : "rows.db");
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${ROWS}`);
  if (trigrams) {
    database.exec("CREATE VIRTUAL TABLE command USING fts5 (cmdline, content = '', tokenize = 'trigram')");
  }
  const insert = database.prepare("INSERT INTO event VALUES (?, ?, ?, ?, ?)");
  const index = trigrams ? database.prepare("INSERT INTO command (rowid, cmdline) VALUES (?, ?)") : undefined;
  const found = trigrams
    ? "seq IN (SELECT rowid FROM command WHERE cmdline MATCH '\"' || ? || '\"')"
    : "cmdline LIKE '%' || ? || '%'";
  const ofAll = database.prepare(`SELECT count(*) AS count FROM event WHERE ${found}`);
  const ofOne = database.prepare(`SELECT count(*) AS count FROM event WHERE ${found} AND username = ?`);
  return {
    name: trigrams ? "rows, FTS5 trigrams" : "rows, LIKE",
    append: (batch: readonly Logged[]) => {
      database.exec("BEGIN");
      for (const { event, line } of batch) {
        const { seq, labels, timeNs } = event;
        const cmdline = event.type === "exec" ? quoteForShell(event.argv) : null;
        insert.run(seq, labels["username"] ?? "", timeNs, cmdline, line);
        if (cmdline !== null) index?.run(seq, cmdline);
      }
      database.exec("COMMIT");
    },
    count: (text, username) =>
      Number((username === undefined ? ofAll.get(text) : ofOne.get(text, username))?.["count"]),
    bytes: () => {
      database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      return statSync(file).size;
    },
    close: () => {
      database.close();
    },
  };
}
