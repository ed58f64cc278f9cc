import type { Random } from "../../fuzz/support/random.ts";
import { mutate } from "../../fuzz/support/mutate.ts";

const UPGRADE = [
  "GET /v1/stream HTTP/1.1",
  "Host: node",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "Sec-WebSocket-Protocol: process-logging.v1",
];
const upgrade = lines(UPGRADE);
const REQUESTS = [
  ...[
    "/v1/workspaces",
    "/v1/events?grep=a&limit=3",
    "/healthz",
    "/readyz",
    "/metrics",
    "/v1/stream?since=0",
  ].map((path) => lines([`GET ${path} HTTP/1.1`, "Host: node"])),
  lines(["POST /v1/events HTTP/1.1", "Host: node", "Transfer-Encoding: chunked"]),
  lines(["GET /healthz HTTP/1.1", "Host: node", "Expect: 100-continue", "Content-Length: 9"]),
  lines(["CONNECT node:1 HTTP/1.1", "Host: node"]),
  upgrade,
];
const WORDS = ["\r\n", "\0", "%00", "../", "HTTP/0.9", "Content-Length: -1", "Origin: x", "h2c", "\xff"].map(
  (word) => Buffer.from(word, "latin1"),
);
const TEXT = 0x1;
const BINARY = 0x2;
const CLOSE = 0x8;
const PING = 0x9;
const FIN = 0x80;

/** Something that no reader of the API should send, and what kind it is. */
export function hostileBytes(random: Random): Buffer {
  return random.pick(KINDS)(random);
}

/** A masked frame as a client sends it. */
function frame(
  opcode: number,
  payload: Buffer,
  { fin = true, length = payload.length, masked = true } = {},
): Buffer {
  const head = Buffer.alloc(masked ? 14 : 10);
  head[0] = opcode | (fin ? FIN : 0);
  head[1] = (masked ? 0x80 : 0) | 127;
  head.writeBigUInt64BE(BigInt(length), 2);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, payload]);
}

/** The short form, which control frames must have. */
function shortFrame(opcode: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([opcode | FIN, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

const KINDS: readonly ((random: Random) => Buffer)[] = [
  (random) => bytes(random, 1 + random.below(2_000)),
  (random) => mutate(random, REQUESTS, WORDS),
  // Requests one after the other, whose answers nobody reads.
  (random) => Buffer.concat(Array.from({ length: 1 + random.below(500) }, () => random.pick(REQUESTS))),
  (random) => Buffer.concat([random.pick(REQUESTS), Buffer.alloc(random.below(40_000), "x")]),
  (random) => withUpgrade(bytes(random, 1 + random.below(500))),
  (random) => withUpgrade(frame(TEXT, Buffer.alloc(10), { length: 2 ** 31 + random.below(1_000) })),
  (random) => withUpgrade(frame(random.pick([TEXT, BINARY]), Buffer.alloc(65_537 + random.below(10)))),
  (random) => withUpgrade(shortFrame(TEXT, Buffer.from([0xc3, 0x28, random.below(256)]))),
  (random) => withUpgrade(frame(TEXT, bytes(random, 20), { masked: false })),
  // A message in fragments without an end.
  (random) => {
    const more = Array.from({ length: 200 + random.below(1_000) }, () =>
      frame(0, Buffer.from("x"), { fin: false }),
    );
    return withUpgrade(frame(TEXT, Buffer.from("{"), { fin: false }), ...more);
  },
  (random) => withUpgrade(...Array.from({ length: 300 }, () => shortFrame(PING, bytes(random, 100)))),
  (random) => withUpgrade(shortFrame(CLOSE, bytes(random, random.below(10)))),
  (random) =>
    withUpgrade(
      shortFrame(TEXT, mutate(random, [Buffer.from('{"type":"unsubscribe"}')], WORDS).subarray(0, 125)),
    ),
  (random) => lines(UPGRADE.filter(() => random.below(4) > 0)),
];

function withUpgrade(...frames: readonly Buffer[]): Buffer {
  return Buffer.concat([upgrade, ...frames]);
}

function bytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}

function lines(head: readonly string[]): Buffer {
  return Buffer.from(`${head.join("\r\n")}\r\n\r\n`);
}
