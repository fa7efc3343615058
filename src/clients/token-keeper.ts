/** The header that carries a client's token, in requests and in answers. */
const TOKEN_HEADER = 'Lastmile-Token';

/**
 * Keeps one token for all a client was shown. Answers may arrive in another order than they were made in, so the last is
 * not always the newest. A token is `<epoch>-<seq>`, and of those the numbers count, not the text. What follows a `+`
 * behind them says that the client was shown more; that is over with the answer to a request that carried it.
 */
export class TokenKeeper {
  #token: string | undefined;

  /** The headers of the next request. */
  get headers(): Record<string, string> {
    return this.#token === undefined ? {} : { [TOKEN_HEADER]: this.#token };
  }

  /**
   * @param answer the headers of an answer, as fetch has them
   * @param sent what {@link headers} were when it was asked for
   */
  learn(answer: { get(name: string): string | null } | undefined, sent: Record<string, string> = {}): void {
    const token = answer?.get(TOKEN_HEADER);
    if (!token) return;
    const held = this.#token;
    if (held === undefined) this.#token = token;
    else this.#token = join(token, sent[TOKEN_HEADER] === held ? held.split('+')[0]! : held);
  }
}

/** A token for what both stand for. */
function join(a: string, b: string): string {
  const [[aPosition = '', aMore], [bPosition = '', bMore]] = [a.split('+'), b.split('+')];
  const position = isNewer(bPosition, aPosition) ? bPosition : aPosition;
  if (aMore === undefined && bMore === undefined) return position;
  // Two that are open need someone who asks the primary; one can say for itself from when on.
  return `${position}+${aMore === undefined ? bMore : bMore === undefined ? aMore : ''}`;
}

function isNewer(a: string, b: string): boolean {
  const [[aEpoch = 0, aSeq = 0], [bEpoch = 0, bSeq = 0]] = [
    a.split('-').map(Number),
    b.split('-').map(Number),
  ];
  return aEpoch === bEpoch ? aSeq > bSeq : aEpoch > bEpoch;
}
