/** What is known of the memory of this machine, in bytes. */
export interface MachineMemory {
  /** what Fly says the Machine has */
  readonly machine: number | undefined;
  /** what the container may use; 0 or more than there is: no limit */
  readonly container: number;
  readonly total: number;
}

/** The gateway beside it, the primary's process, and copies made while a replica loads its data need the rest. */
const SHARE = 0.4;
const LEAST = 32 * 2 ** 20;

/** How many bytes a region's Redis may hold when nobody says so. */
export function defaultMaxMemory({ machine, container, total }: MachineMemory): number {
  const limit = machine ?? (container > 0 && container < total ? container : total);
  return Math.max(LEAST, Math.floor(limit * SHARE));
}
