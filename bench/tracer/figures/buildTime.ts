import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Bench } from "../bench.ts";
import { CProject } from "../cProject.ts";
import type { Figure } from "../figure.ts";
import { inCgroup } from "../inCgroup.ts";
import { measureEach, pick } from "../measureEach.ts";
import { RunningTool } from "../tools/runningTool.ts";

const run = promisify(execFile);

/** How much longer a build takes than without a tracer, in pairs of builds. */
export async function buildTime(bench: Bench): Promise<Figure> {
  const { plan, cgroup, signal } = bench;
  const project = new CProject(join(bench.directory, "project"), plan.buildFiles);
  const jobs = availableParallelism();
  const [command = "", ...args] = inCgroup(cgroup.workspace, project.buildCommand(jobs));
  const title = `make -j${String(jobs)} of ${String(plan.buildFiles)} C files, against no tracer`;
  const build = async (): Promise<number> => {
    const begun = performance.now();
    await run(command, args, { signal });
    return performance.now() - begun;
  };
  try {
    await build(); // The first also reads compiler and headers from the disk.
    const tools = [bench.ours(), bench.oursWhole, ...bench.peers];
    const measured = await measureEach(bench, title, tools, async (tool, number) => {
      const traced = (): Promise<number> => RunningTool.use(bench, tool, build);
      if (number % 2 === 0) {
        const without = await build();
        return (await traced()) / without;
      }
      const withTool = await traced();
      return withTool / (await build());
    });
    return { title, digits: 3, goal: { most: 1.03 }, results: pick(measured, (ratio) => ratio) };
  } finally {
    rmSync(project.directory, { recursive: true, force: true });
  }
}
