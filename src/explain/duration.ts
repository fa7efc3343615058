const UNITS = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
] as const;

/** Seconds in the largest unit that needs no fraction: `90 s`, `5 min`, `1 d`. */
export function formatSeconds(seconds: number): string {
  const unit = UNITS.find(([length]) => seconds >= length && seconds % length === 0);
  return unit ? `${seconds / unit[0]} ${unit[1]}` : `${seconds} s`;
}
