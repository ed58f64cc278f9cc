/** How the service ends a stream: a WebSocket close code and, where no more exact reason is known, its reason. */
export interface StreamClosure {
  readonly code: number;
  readonly reason: string;
}

/** Every way in which the service ends a stream. */
export const CLOSURES = {
  stopping: { code: 1001, reason: "the service stops" },
  protocol: { code: 1002, reason: "a frame breaks the WebSocket protocol" },
  binary: { code: 1003, reason: "binary messages are not understood: send text" },
  notUtf8: { code: 1007, reason: "a text message is not UTF-8" },
  /** The reason says which rule. */
  policy: { code: 1008, reason: "a message breaks the rules" },
  tooManyMessages: { code: 1008, reason: "too many messages: send at most 200 in ten seconds" },
  tooLong: { code: 1009, reason: "a message is too long" },
  /** Permissions can't be checked, so nothing is told. */
  reviewFailed: { code: 1013, reason: "permissions can't be checked now: try again later" },
  tokenEnded: {
    code: 4401,
    reason: "the token has expired or is not accepted any more: come with a new one",
  },
  revoked: { code: 4403, reason: "the permission to read was taken away" },
  internal: { code: 1011, reason: "the service could not go on with this stream" },
} as const satisfies Record<string, StreamClosure>;

/** A reason as the protocol can carry it: at most 123 bytes of UTF-8. */
export function closeReason(text: string): string {
  let reason = text;
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}
