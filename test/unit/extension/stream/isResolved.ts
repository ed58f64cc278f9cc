import { settle } from "../source/fakeTracer.ts";

/** Whether it is resolved by now. */
export async function isResolved(promise: Promise<void>): Promise<boolean> {
  let resolved = false;
  void promise.then(() => {
    resolved = true;
  });
  await settle();
  return resolved;
}
