import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, it } from "vitest";

import { describeKernel } from "../kernel/support/describeKernel.ts";
import { succeeded } from "../kernel/support/testCgroup.ts";
import { useTestPrograms } from "../kernel/support/useTestPrograms.ts";
import { recordFault } from "../soak/recordFault.ts";
import { soakPlan, soakTimeout } from "../soak/soakPlan.ts";
import { lostExecs, type LogLine } from "./support/logLine.ts";
import { residentBytes } from "./support/residentBytes.ts";
import { TracedHost } from "./support/tracedHost.ts";

const MIB = 1_048_576;
/** Programs between two looks at the memory. */
const STRETCHES = 10;
/** Runs programs with the shell's own variety of arguments, some in the background. */
const work =
  'i=0; while [ $i -lt "$1" ]; do i=$((i + 2)); /bin/true "$2" "--number=$i" & /bin/true "$2" "$i$i$i$i"; wait; done';

describeKernel("a service over a long time", () => {
  const programs = useTestPrograms();
  let host: TracedHost;
  afterEach(async () => {
    await host.close();
  });

  const start = (file: string) =>
    host.trace(["--log", file, "--state-dir", join(host.directory, "state"), "--history-size", "32"]);
  /** Calls back for each line of a log that may be long. */
  const eachLine = async (file: string, look: (line: LogLine) => void): Promise<void> => {
    for await (const text of createInterface({ input: createReadStream(file) }))
      look(JSON.parse(text) as LogLine);
  };

  it(
    "knows whose each of many cgroups was that lived for one program, and forgets them",
    async () => {
      host = new TracedHost();
      const file = join(host.directory, "log");
      const service = await start(file);
      const parent = host.cgroup("jessie");
      const each = soakPlan.shortCgroups / STRETCHES;
      const memory: number[] = [];
      for (let part = 0; part < STRETCHES; part++) {
        const prefix = join(parent.directory, `p${String(part)}-`);
        const argv = [
          programs.path("make_cgroups"),
          "remove",
          prefix,
          String(each),
          programs.path("nothing"),
        ];
        // The maker itself is outside of every workspace.
        succeeded(await host.cgroup("outside").run(argv));
        memory.push(residentBytes(service.pid));
      }
      await service.stop();
      const seen = new Set<string>();
      let lost = 0;
      await eachLine(file, (line) => {
        lost += lostExecs([line]);
        if (line.msg !== "exec" || line.fields.event.argv[0] !== programs.path("nothing")) return;
        const name = line.fields.event.argv[1] ?? "";
        expect(line.fields.labels).toEqual({ username: "jessie", workspace_name: name });
        seen.add(name);
      });
      expect(seen.size + lost).toBe(soakPlan.shortCgroups);
      expectFlat(memory);
      recordFault({
        fault: "cgroups and processes that live for one program",
        rounds: soakPlan.shortCgroups,
        executed: soakPlan.shortCgroups,
        logged: seen.size,
        ...(lost > 0 && { lost: `${String(lost)} ring_full` }),
        memory: spanOf(memory),
      });
    },
    soakTimeout(120_000),
  );

  it(
    "logs each program of a long day, and its memory stays flat",
    async () => {
      host = new TracedHost();
      const file = join(host.directory, "log");
      const service = await start(file);
      const workspaces = ["main", "other"].map((name) => host.workspace("jessie", name));
      const each = soakPlan.dayOfExecs / STRETCHES / workspaces.length;
      const memory: number[] = [];
      for (let part = 0; part < STRETCHES; part++) {
        await Promise.all(workspaces.map((workspace) => workspace.sh(work, String(each), "marker")));
        memory.push(residentBytes(service.pid));
      }
      await service.stop();
      let logged = 0;
      let lost = 0;
      await eachLine(file, (line) => {
        lost += lostExecs([line]);
        if (line.msg === "exec" && line.fields.event.argv[1] === "marker") logged++;
      });
      expect(logged + lost).toBe(soakPlan.dayOfExecs);
      expectFlat(memory);
      recordFault({
        fault: "24 h of a busy day, compressed",
        rounds: 1,
        executed: soakPlan.dayOfExecs,
        logged,
        ...(lost > 0 && { lost: `${String(lost)} ring_full` }),
        memory: spanOf(memory),
      });
    },
    soakTimeout(120_000),
  );
});

/** After the first half nothing more is to be kept: what grows then would grow for ever. */
function expectFlat(memory: readonly number[]): void {
  const [, half] = spanOf(memory.slice(0, STRETCHES / 2));
  expect(spanOf(memory)[1] - half).toBeLessThan(24 * MIB);
}

/** The first and the most of them. */
function spanOf(memory: readonly number[]): readonly [number, number] {
  return [memory[0] ?? 0, Math.max(...memory)];
}
