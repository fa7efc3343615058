/** What a check says. `what` and `remedy` are sentences for an operator; they may name hosts, and hold no password. */
export interface Finding {
  /** of the check */
  readonly id: string;
  readonly severity: Severity;
  readonly what: string;
  /** what to do; empty when all is well */
  readonly remedy: string;
}

/**
 * ok       as it should be
 * warning  works, and costs something; or could not be read
 * error    purges or entries do not work as promised
 */
export type Severity = 'ok' | 'warning' | 'error';

/** A finding without the id, which its check adds. */
export type Observation = Omit<Finding, 'id'>;

export function ok(what: string): Observation {
  return { severity: 'ok', what, remedy: '' };
}

export function warning(what: string, remedy: string): Observation {
  return { severity: 'warning', what, remedy };
}

export function error(what: string, remedy: string): Observation {
  return { severity: 'error', what, remedy };
}

/** A managed Redis may hide its settings, and an account may lack the right to read them. That is no fault. */
export function hidden(what: string): Observation {
  return warning(
    `${what} could not be read: this account may not ask for it.`,
    'Check it where the Redis is managed, or give REDIS_PASSWORD where `lastmile redis` runs it.',
  );
}
