/** Who is asking, as far as it was verified. */
export type Session =
  /** no session is configured, or the request carries none */
  | { readonly kind: 'none' }
  /** the request carries something that is not a valid session: it is nobody's */
  | { readonly kind: 'refused' }
  | {
      readonly kind: 'verified';
      /** what private answers are kept under */
      readonly id: string;
      /** the header, and of a cookie only the session's own, that upstream is sent */
      readonly forward: Readonly<Record<string, string>>;
    };

export const NO_SESSION: Session = { kind: 'none' };
export const REFUSED: Session = { kind: 'refused' };

/** Reads the session of a request. */
export interface Sessions {
  /** the request header sessions are read from, in lower case; undefined when none is configured */
  readonly header: string | undefined;
  /** At once where that is possible: a hit must not wait. Never rejects. @param value of that header */
  identify(value: string | undefined): Session | Promise<Session>;
}
