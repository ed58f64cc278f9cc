/** A test file that goes through faults, and its project. */
export interface FaultSuite {
  readonly project: "fuzz" | "service";
  readonly file: string;
  /** Only tests whose name matches. */
  readonly tests?: string;
  /** The faults that it records. */
  readonly faults: readonly string[];
}

/** All of them, in the order in which a full run goes through them. */
export const faultSuites: readonly FaultSuite[] = [
  {
    project: "service",
    file: "test/service/restart.test.ts",
    tests: "kills at any moment",
    faults: ["kill -9, pinned programs, log", "kill -9, pinned programs, history"],
  },
  {
    project: "service",
    file: "test/service/history.test.ts",
    tests: "kill -9",
    faults: ["kill -9, programs of its own, history"],
  },
  {
    project: "service",
    file: "test/service/hostileClients.test.ts",
    faults: ["200 readers: 50 stop, 50 leave, 20 send garbage", "HTTP and WebSocket fuzzing"],
  },
  {
    project: "service",
    file: "test/service/stdout.test.ts",
    tests: "nobody reads for long",
    faults: ["stdout: nobody reads"],
  },
  {
    project: "service",
    file: "test/service/diskFaults.test.ts",
    faults: [
      "disk slow: each sync takes 4 s",
      "disk turns read-only (EROFS)",
      "disk turns full (ENOSPC)",
      "disk turns broken (EIO)",
      "power loss: unsynced writes left out or torn",
    ],
  },
  {
    project: "service",
    file: "test/service/endurance.test.ts",
    tests: "of many cgroups",
    faults: ["cgroups and processes that live for one program"],
  },
  {
    project: "service",
    file: "test/service/endurance.test.ts",
    tests: "of a long day",
    faults: ["24 h of a busy day, compressed"],
  },
  { project: "service", file: "test/service/clockSteps.test.ts", faults: ["wall clock set"] },
  {
    project: "service",
    file: "test/service/poorNode.test.ts",
    faults: [
      "without a bpffs that is mounted",
      "without tracefs",
      "without debugfs",
      "without memory that may be locked",
      "without more than 128 descriptors",
      "without room for core files and files of any size",
    ],
  },
  { project: "fuzz", file: "test/fuzz/parsers.test.ts", faults: ["random bytes to every parser"] },
];
