/**
 * Monotonic milliseconds, the same in every process of this machine: Node reads CLOCK_MONOTONIC, which counts from the
 * machine's start. So what the origin says of a commit can be compared with what a client saw.
 */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
