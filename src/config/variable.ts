import type { Reader } from './reader';

/** What a variable is about. */
export type Group =
  | 'http'
  | 'admin'
  | 'upstream'
  | 'region'
  | 'redis'
  | 'policy'
  | 'session'
  | 'freshness'
  | 'limits'
  | 'log'
  | 'fly';

/** An environment variable. */
export interface Variable<Value = unknown, Fallback extends string | undefined = string | undefined> {
  readonly group: Group;
  readonly reader: Reader<Value>;
  /** The text that is read when the variable is not set. */
  readonly fallback: Fallback;
  /** What the documentation says of the default. */
  readonly default: string;
  /** One phrase for the documentation, in Markdown. */
  readonly meaning: string;
}

/** The value of a variable, undefined where it may stay unset. */
export type ValueOf<Of> =
  Of extends Variable<infer Value, infer Fallback>
    ? Fallback extends string
      ? Value
      : Value | undefined
    : never;

/** A variable with a default of its own. */
export function preset<Value>(
  group: Group,
  reader: Reader<Value>,
  fallback: string,
  meaning: string,
): Variable<Value, string> {
  return { group, reader, fallback, default: fallback, meaning };
}

/** A variable that may stay unset. @param unset what its absence means */
export function optional<Value>(
  group: Group,
  reader: Reader<Value>,
  unset: string,
  meaning: string,
): Variable<Value, undefined> {
  return { group, reader, fallback: undefined, default: unset, meaning };
}
