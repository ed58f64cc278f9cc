import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { findUnchanged, giveBackStartMemory } from "../../../../tracer-service/kernel/processMemory.ts";

const SMAPS = `00400000-00746000 r--p 00000000 fe:00 5349414                            /usr/bin/node
Size:               3352 kB
Rss:                3352 kB
Anonymous:             0 kB
VmFlags: rd mr mw me
0074a000-03044000 r-xp 0034a000 fe:00 5349414                            /usr/bin/node with spaces
Anonymous:             0 kB
06b51000-06bd7000 r--p 06750000 fe:00 5349414                            /usr/bin/node
Anonymous:           536 kB
06bd7000-06bf9000 rw-p 067d6000 fe:00 5349414                            /usr/bin/node
Anonymous:             0 kB
395c4000-39e1a000 rw-p 00000000 00:00 0                                  [heap]
Anonymous:          7312 kB
7f4430000000-7f443037d000 r--p 00000000 00:00 0
Anonymous:             0 kB
7f447c194000-7f447c2b4000 r--s 00602000 00:10 1044                       anon_inode:bpf-map
Anonymous:             0 kB
`;

it("finds code and constants as they are in their files, and nothing that was changed, is shared or has no file", () => {
  expect(findUnchanged(SMAPS)).toEqual([
    { start: 0x400000n, length: 0x346000 },
    { start: 0x74a000n, length: 0x28fa000 },
  ]);
});

it("gives back memory and goes on", () => {
  const mapped = (): number =>
    Number(/^RssFile:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
  const before = mapped();
  giveBackStartMemory();
  expect(mapped()).toBeLessThan(before);
  expect(JSON.parse(JSON.stringify({ a: [1, "x".repeat(10)] }))).toEqual({ a: [1, "xxxxxxxxxx"] });
});
