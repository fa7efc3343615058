/** The header that carries a client's token, in requests and in answers. */
const TOKEN_HEADER = 'Lastmile-Token';

/**
 * Keeps the newest token a client was given. Answers may arrive in another order than they were made in, so the last is
 * not always the newest. A token is `<epoch>-<seq>`, and of those the numbers count, not the text.
 */
export class TokenKeeper {
  #token: string | undefined;

  /** The headers of the next request. */
  get headers(): Record<string, string> {
    return this.#token === undefined ? {} : { [TOKEN_HEADER]: this.#token };
  }

  /** @param answer the headers of an answer, as fetch has them */
  learn(answer: { get(name: string): string | null } | undefined): void {
    const token = answer?.get(TOKEN_HEADER);
    if (token && (this.#token === undefined || isNewer(token, this.#token))) this.#token = token;
  }
}

function isNewer(a: string, b: string): boolean {
  const [[aEpoch = 0, aSeq = 0], [bEpoch = 0, bSeq = 0]] = [
    a.split('-').map(Number),
    b.split('-').map(Number),
  ];
  return aEpoch === bEpoch ? aSeq > bSeq : aEpoch > bEpoch;
}
