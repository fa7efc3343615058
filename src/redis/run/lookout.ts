import type { Log } from '../../report/log';
import type { Address } from '../accounts';
import type { Candidate, Discover } from './candidates';
import { choosePrimary, type Choice } from './choose-primary';
import { askClaim, type Claim } from './claim';

export interface LookoutOptions {
  readonly discover: Discover;
  readonly secret: string;
  /** where this machine's own primary listens while it runs */
  readonly ownPrimary: Address;
  /** whether this machine may run the primary at all */
  readonly mayLead: boolean;
  /** milliseconds a candidate has to answer */
  readonly timeoutMs: number;
  readonly log: Pick<Log, 'debug'>;
}

export type Sighted = Candidate & { readonly claim: Claim };

/** Looks who may run the primary and who does, and draws the conclusion. */
export class Lookout {
  readonly #options: LookoutOptions;
  #quietLooks = 0;
  #ids = '';

  constructor(options: LookoutOptions) {
    this.#options = options;
  }

  /**
   * @param runsPrimary whether this machine means to
   * @throws when the candidates cannot be found
   */
  async look(runsPrimary: boolean): Promise<Choice<Sighted>> {
    const { discover, ownPrimary, mayLead } = this.#options;
    const [candidates, ownClaim] = await Promise.all([
      discover(),
      runsPrimary ? this.#ask(ownPrimary) : 'none',
    ]);
    const others = await Promise.all(
      candidates
        .filter(({ isSelf }) => !isSelf)
        .map(async (candidate): Promise<Sighted> => ({ ...candidate, claim: await this.#ask(candidate) })),
    );
    return choosePrimary({
      others,
      ownId: mayLead ? candidates.find(({ isSelf }) => isSelf)?.id : undefined,
      // A primary of ours that cannot start leads nobody.
      leads: ownClaim !== 'none',
      quietLooks: this.#countQuiet(candidates, others),
    });
  }

  #ask(address: Address): Promise<Claim> {
    const { secret, timeoutMs, log } = this.#options;
    return askClaim(address, secret, timeoutMs, log);
  }

  #countQuiet(candidates: readonly Candidate[], others: readonly Sighted[]): number {
    const ids = candidates.map(({ id }) => id).join(' ');
    const isQuiet = others.every(({ claim }) => claim === 'none') && ids === this.#ids;
    this.#ids = ids;
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0;
    return this.#quietLooks;
  }
}
