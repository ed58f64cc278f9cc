import { decodeRecord } from "../../../tracer-service/decode/decodeRecord.ts";
import { recordMemory } from "../../../tracer-service/kernel/ringBuffer.ts";
import { parseCgroupMounts } from "../../../tracer-service/cgroup/cgroupMounts.ts";
import { encodeExec, encodePath, encodeRecord } from "../../unit/tracer-service/decode/fixtureRecords.ts";
import { constants } from "../../../tracer-service/kernel/layout.ts";
import type { FuzzTarget } from "../support/fuzzTarget.ts";

const exec = encodeExec(
  {
    filename: Buffer.from("/usr/bin/uname"),
    exe: encodePath("/usr/bin/uname"),
    cwd: encodePath("/home/jessie"),
    head: Buffer.from("uname\0-a\0"),
  },
  { arg_count: 2, pid: 4711, time_ns: 1_000_000n },
);
const script = encodeExec({
  filename: Buffer.from("./run.sh"),
  exe: encodePath("/bin/dash"),
  interpreter: Buffer.from("/bin/sh"),
  head: Buffer.from("/bin/sh\0\xff\0".repeat(40), "latin1"),
  tail: Buffer.from("end\0"),
});

/** What comes from the kernel: records whose bytes a workspace's user may have chosen, and files of /proc. */
export const kernelTargets: readonly FuzzTarget[] = [
  {
    name: "kernel-record",
    seeds: [
      exec,
      script,
      encodeRecord("exit_record", { type: constants.RECORD_EXIT, pid: 1, start_ns: 5n }),
      encodeRecord(
        "cgroup_record",
        { type: constants.RECORD_CGROUP_MADE, name_bytes: 4 },
        Buffer.from("main"),
      ),
      encodeRecord("cgroup_record", { type: constants.RECORD_CGROUP_REMOVED }),
    ],
    parse: (input) => {
      // Most that is changed in a record changes its length: as it is, and with a length that is right.
      const whole = Buffer.from(input);
      if (whole.length >= 4) whole.writeUInt32LE(whole.length, 0);
      return [decode(input), decode(whole)];
    },
  },
  {
    name: "mountinfo",
    seeds: [
      "36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n",
      "31 24 0:26 / /sys/fs/cgroup/unified rw,nosuid - cgroup2 cgroup2 rw\n32 24 0:27 / /sys/fs/cgroup/memory\\040x rw - cgroup cgroup rw,memory\n",
    ],
    words: [" - ", "cgroup2", "cgroup", "\\040", "/sys/fs/cgroup"],
    parse: (input) => parseCgroupMounts(input.toString()),
  },
];

/** As in the ring: at a multiple of 8, with other records around it, which must not be read. */
function decode(record: Buffer): unknown {
  const memory = recordMemory(new ArrayBuffer(64 + ((record.length + 7) & ~7) + 64));
  memory.bytes.fill(0xaa);
  record.copy(memory.bytes, 64);
  try {
    return decodeRecord(memory, 64, record.length);
  } catch (error) {
    // One that makes no sense is counted as lost; any other fault would be the decoder's own.
    if (error instanceof Error && error.constructor === Error) return undefined;
    throw error;
  }
}
