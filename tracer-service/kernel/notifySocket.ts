import koffi from "koffi";
import { closeSync } from "node:fs";

import { lastErrorName } from "./libc.ts";

const lib = koffi.load("libc.so.6");

const socket = lib.func("int socket(int domain, int type, int protocol)");
const sendto = lib.func(
  "long sendto(int fd, const uint8_t *data, size_t length, int flags, const uint8_t *address, uint32_t address_length)",
);

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** `sun_path` of `struct sockaddr_un` (unix(7)). */
const PATH_BYTES = 108;

/**
 * Sends one datagram to a Unix socket: a path, or `@name` for an abstract one. Node has stream sockets only. Throws an
 * Error that names the errno; it never waits.
 */
export function sendDatagram(address: string, text: string): void {
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number;
  if (fd < 0) throw new Error(`could not make a socket: ${lastErrorName()}`);
  try {
    const data = Buffer.from(text);
    const to = socketAddress(address);
    if ((sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length) as number) < 0) {
      throw new Error(`could not send to ${address}: ${lastErrorName()}`);
    }
  } finally {
    closeSync(fd);
  }
}

/** `struct sockaddr_un`, in the byte order of x86-64 and arm64. */
function socketAddress(address: string): Buffer {
  const name = Buffer.from(address);
  if (name.length === 0 || name.length >= PATH_BYTES) {
    throw new Error(
      `a socket's address has 1 to ${String(PATH_BYTES - 1)} bytes, not ${String(name.length)}`,
    );
  }
  const isAbstract = name[0] === "@".charCodeAt(0);
  if (isAbstract) name[0] = 0;
  const family = Buffer.alloc(2);
  family.writeUInt16LE(AF_UNIX);
  // A path ends with a zero byte; an abstract name has only the bytes that it has.
  return Buffer.concat(isAbstract ? [family, name] : [family, name, Buffer.alloc(1)]);
}
