/** Tells producers when to rest: from a high-water mark on, until a low-water mark is reached again. */
export class LineSinkGate {
  private readonly highWaterBytes: number;
  private readonly lowWaterBytes: number;
  private full = false;
  private closed: Error | undefined;
  private opening: PromiseWithResolvers<undefined> | undefined;

  constructor(highWaterBytes: number, lowWaterBytes: number) {
    this.highWaterBytes = highWaterBytes;
    this.lowWaterBytes = lowWaterBytes;
  }

  /** Whether producers should rest; for good once closed. */
  get saturated(): boolean {
    return this.full || this.closed !== undefined;
  }

  /** Takes note of how many bytes wait now. */
  update(pendingBytes: number): void {
    if (pendingBytes > this.highWaterBytes) {
      this.full = true;
    } else if (this.full && pendingBytes <= this.lowWaterBytes) {
      this.full = false;
      this.opening?.resolve(undefined);
      this.opening = undefined;
    }
  }

  /** Resolves when not saturated; rejects with the reason once closed. */
  whenOpen(): Promise<void> {
    if (this.closed !== undefined) {
      return Promise.reject(this.closed);
    }
    if (!this.full) {
      return Promise.resolve();
    }
    this.opening ??= Promise.withResolvers<undefined>();
    return this.opening.promise;
  }

  /** Makes producers rest for good. */
  close(reason: Error): void {
    this.closed = reason;
    this.opening?.reject(reason);
  }
}
