import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { readTags } from '../../answer/expand-tags';
import type { Dashboard, Show } from '../../dashboard/dashboard';
import { explain } from '../../explain/explain';
import { formatExplanation } from '../../explain/format-explanation';
import type { Plans } from '../../gateway/parts/plan';
import type { RuleSettings } from '../../gateway/rules';
import type { Catalogue } from '../../operation/catalogue';
import { formatTag } from '../../purge/tag';
import { LastmileError } from '../../report/error';
import type { AdminGate, ApiAnswer } from './gate';

const LONGEST_TAG = 1000;
const SHOWS: readonly Show[] = ['numbers', 'operations'];

export interface DashboardApiParts {
  readonly gate: AdminGate;
  readonly dashboard: Dashboard;
  /** undefined while the schema was not read yet */
  readonly catalogue: () => Catalogue | undefined;
  /** how operations are cut into parts; undefined: they are not */
  readonly plans: () => Plans | undefined;
  readonly rules: () => RuleSettings;
  /** which part of the operations is written to the operation log, from 0 to 1 */
  readonly logged: number;
}

/** `GET /events`, `GET /entries` and `GET /explain`, on the admin port: what the page there and `lastmile top` show. */
export class DashboardApi {
  readonly #parts: DashboardApiParts;

  constructor(parts: DashboardApiParts) {
    this.#parts = parts;
  }

  /** @returns undefined when the path is none of its own */
  answer(path: string, search: string, message: IncomingMessage): Promise<ApiAnswer> | undefined {
    const { gate } = this.#parts;
    const query = new URLSearchParams(search);
    if (path === '/events') return gate.answer(message, 'GET', () => this.#events(query));
    if (path === '/entries') return gate.answer(message, 'GET', () => this.#entries(query));
    if (path === '/explain') return gate.answer(message, 'GET', () => this.#explain(query));
    return undefined;
  }

  async #events(query: URLSearchParams): Promise<Readable> {
    const wanted = query.get('show') ?? 'numbers';
    const show = SHOWS.find((known) => known === wanted);
    if (!show) throw new LastmileError('BAD_LOOK', `show is one of ${SHOWS.join(', ')}.`);
    const stream = this.#parts.dashboard.open(show);
    if (!stream) throw new LastmileError('TOO_MANY_PURGES');
    return stream;
  }

  /** What a purge of a tag would refuse here, as the purge itself reads it. */
  async #entries(query: URLSearchParams): Promise<unknown> {
    const text = query.get('tag') ?? '';
    if (text === '' || text.length > LONGEST_TAG)
      throw new LastmileError('BAD_LOOK', 'Give a tag: /entries?tag=Product:7');
    const tags = readTags([text], this.#catalogue().knowledge);
    const found = await this.#parts.dashboard.entries(tags);
    return { tag: text, tags: [...tags].map(formatTag), ...found };
  }

  /** What `lastmile explain` says of an operation that passed lately. */
  async #explain(query: URLSearchParams): Promise<unknown> {
    const name = query.get('operation') ?? '';
    const document = this.#parts.dashboard.documentOf(name);
    if (document === undefined)
      throw new LastmileError('BAD_LOOK', 'No such operation has passed in the last minutes.');
    const { knowledge, limits } = this.#catalogue();
    const explained = explain(
      { ...knowledge, plans: this.#parts.plans() },
      { ...this.#parts.rules(), limits, logged: this.#parts.logged },
      { text: document },
    );
    if ('errors' in explained)
      throw new LastmileError('BAD_LOOK', explained.errors.map(({ message }) => message).join(' '));
    return { operation: name, document, text: formatExplanation(explained), explanation: explained };
  }

  #catalogue(): Catalogue {
    const catalogue = this.#parts.catalogue();
    if (!catalogue) throw new LastmileError('NOT_READY');
    return catalogue;
  }
}
