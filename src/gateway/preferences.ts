/** One of the things a client would take, in lower case. */
export interface Preference {
  readonly name: string;
  /** such as `q=0.5` */
  readonly parameters: readonly string[];
}

/** No client lists more. A header of 16 KiB has room for thousands, which would take a millisecond of each request. */
const MOST_PREFERENCES = 100;
const MOST_PARAMETERS = 20;

/** The items of an Accept or Accept-Encoding header (RFC 9110 12.5), in order. Items beyond a hundred are ignored. */
export function preferencesIn(header: string): Preference[] {
  return header.split(',', MOST_PREFERENCES).map((member) => {
    const [name = '', ...parameters] = member
      .split(';', MOST_PARAMETERS + 1)
      .map((part) => part.trim().toLowerCase());
    return { name, parameters };
  });
}
