import { isatty } from "node:tty";

import { exitCode } from "../check/checkVerdict.ts";
import { formatCheckJson } from "../check/formatCheckJson.ts";
import { formatCheckTable } from "../check/formatCheckTable.ts";
import { nodeFacts } from "../check/nodeFacts.ts";
import { runRequirements } from "../check/runRequirements.ts";
import { selfTest } from "../check/selfTest.ts";
import { openLibbpf } from "../kernel/libbpf.ts";
import { openKernel } from "./assembly/openKernel.ts";

/** The flags of `tracer-service check`. */
export interface CheckOptions {
  readonly json: boolean;
  readonly bpfObject: string;
}

/** A budget as `run` has one: without it that part of the programs would not be there. */
const SELF_TEST_SIZES = { ringSize: 1, processTable: 1024, execBudget: 4_000, execBurst: 20_000 };

/** Prints the table or the JSON; returns the exit status. */
export async function check({ json, bpfObject }: CheckOptions): Promise<number> {
  const results = await runRequirements(nodeFacts(libbpfVersion), () =>
    selfTest(
      (scope) =>
        openKernel({ bpfObject, ...SELF_TEST_SIZES }, { ...scope, findSelf: true, onlyOwnChildren: true })
          .kernel,
    ),
  );
  process.stdout.write(json ? formatCheckJson(results) : formatCheckTable(results, { colour: isatty(1) }));
  return exitCode(results);
}

function libbpfVersion(): string | undefined {
  try {
    return openLibbpf().version;
  } catch {
    return undefined;
  }
}
