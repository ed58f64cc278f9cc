/** What a stream client sends through: one connection. */
export interface ClientTransport {
  send(frame: string): void;
  /** Bytes sent that the peer has not taken. */
  readonly bufferedBytes: number;
  close(code: number, reason: string): void;
}
