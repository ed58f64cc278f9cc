// streamReaders.ts SOCKET COUNT: so many readers of one service's stream, in a process of their own. Says "ready"; a line
// on stdin is answered with what they got, as JSON.
import { createInterface } from "node:readline";

import { StreamReader } from "./streamReader.ts";

const [socketPath = "", count = "0"] = process.argv.slice(2);
const readers = await Promise.all(Array.from({ length: Number(count) }, () => StreamReader.open(socketPath)));
process.stdout.write("ready\n");
createInterface({ input: process.stdin })
  .on("line", () => {
    process.stdout.write(`${JSON.stringify(readers.map(({ told }) => told))}\n`);
  })
  .on("close", () => {
    for (const reader of readers) reader.close();
  });
