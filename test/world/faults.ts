/** What can be done to the world while it runs. */
export const FAULT_KINDS = [
  'cut',
  'blackhole',
  'delay',
  'refuse',
  'kill-primary',
  'kill-gateway',
  'resync',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** In place of a region: it befalls all of them at once. */
export const ALL = 'all';

export interface Fault {
  readonly kind: FaultKind;
  /** whom it befalls, or {@link ALL}; of the primary: the primary region */
  readonly region: string;
  /** seconds after the warm-up */
  readonly at: number;
  /** seconds until it is undone */
  readonly lasts: number;
}

const PATTERN =
  /^(?<kind>[a-z-]+)(?::(?<region>[a-z]+))?@(?<at>\d+(?:\.\d+)?)s(?:\+(?<lasts>\d+(?:\.\d+)?)s)?$/;

/**
 * Reads `cut:syd@20s+10s`, `kill-primary@30s+2s`, `resync:fra@40s`, `kill-gateway:all@0s`.
 * @throws RangeError that says what was expected
 */
export function parseFault(text: string, regions: readonly string[], primary: string): Fault {
  const { kind, region = primary, at, lasts = '0' } = PATTERN.exec(text)?.groups ?? {};
  const known = FAULT_KINDS.find((each) => each === kind);
  if (!known) throw new RangeError(`${text} is no fault: write <${FAULT_KINDS.join('|')}>:<region>@20s+10s.`);
  if (!regions.includes(region) && (region !== ALL || known === 'kill-primary'))
    throw new RangeError(`${text} befalls ${region}, which is not in this world.`);
  return { kind: known, region, at: Number(at), lasts: Number(lasts) };
}

/** A fault as it was written. */
export function formatFault({ kind, region, at, lasts }: Fault): string {
  return `${kind}:${region}@${at}s${lasts > 0 ? `+${lasts}s` : ''}`;
}
