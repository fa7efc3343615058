/** The header that carries a client's token, in requests and in answers. */
const TOKEN_HEADER = 'Lastmile-Token';

/**
 * Keeps one token for all a client was shown. Answers may arrive in another order than they were made in, so the last is
 * not always the newest. A token is `<epoch>-<seq>`: within an epoch the larger number counts, as a number and not as text.
 * The numbers of two epochs do not tell which is the later; the answer to a request that carried a token covers
 * what that stood for. What follows a `+` says that the client was shown more than stands before it; that is over with the
 * answer to a request that carried it.
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
    else if (sent[TOKEN_HEADER] !== held) this.#token = join(token, held);
    else this.#token = epochOf(token) === epochOf(held) ? join(token, held.split('+')[0]!) : token;
  }
}

/** A token for what both stand for. */
function join(a: string, b: string): string {
  const [[aPosition = '', aMore], [bPosition = '', bMore]] = [a.split('+'), b.split('+')];
  // A gateway that reads this asks the primary.
  if (epochOf(a) !== epochOf(b)) return `${aPosition}+`;
  const position = seqOf(bPosition) > seqOf(aPosition) ? bPosition : aPosition;
  if (aMore === undefined && bMore === undefined) return position;
  // Two that are open need someone who asks the primary; one can say for itself from when on.
  return `${position}+${aMore === undefined ? bMore : bMore === undefined ? aMore : ''}`;
}

function epochOf(token: string): string | undefined {
  return token.split('-')[0];
}

function seqOf(position: string): number {
  return Number(position.split('-')[1]);
}
