import type { IncomingMessage } from 'node:http';
import { readChange, type ChangeRecord } from '../../capture/debezium';
import type { MappedSchema } from '../../capture/mapping';
import { RecordMapping, type RecordNote } from '../../capture/record-mapping';
import type { Position } from '../../purge/position';
import type { Tag } from '../../purge/tag';
import { LastmileError } from '../../report/error';
import { faultFields } from '../../report/fault-fields';
import type { Log } from '../../report/log';
import type { Place } from '../../report/outages';
import type { AdminGate, ApiAnswer } from './gate';
import { bodyOf, utf8TextOf } from './json-body';
import { IdempotencyCache } from './limits';
import type { WebhookSignature } from './signature';

/** The outcome of a readable record. */
export type ChangeOutcome = 'purged' | 'repeated' | 'unmapped' | 'passed';

export interface ChangesApiParts {
  readonly gate: AdminGate;
  /** undefined: there is no secret to sign with */
  readonly signature: WebhookSignature | undefined;
  /** appends, and resolves once the primary has acknowledged it */
  readonly purge: (tags: ReadonlySet<Tag>) => Promise<Position>;
  /** undefined while the schema was not read yet */
  readonly knowledge: () => MappedSchema | undefined;
  /** which purges are appended to; undefined: in memory */
  readonly primary: Place | undefined;
  /** monotonic milliseconds */
  readonly now: () => number;
  readonly log: Pick<Log, 'warn'>;
  /** told the outcome of every record: for a refused one, its code in lower case */
  readonly count: (outcome: string) => void;
}

const MOST_BYTES = 8 * 2 ** 20;
const MEDIA_TYPES = /^application\/(cloudevents\+)?json\s*(;|$)/i;
/** Bodies that are read before it is known who sends them. */
const MOST_UNPROVEN = 8;
/** Sentences that are not said again. */
const MOST_SAID = 1_000;

/** What is made of one schema. */
interface Mapped {
  readonly by: MappedSchema;
  readonly mapping: RecordMapping;
  readonly repeats: IdempotencyCache<Position>;
}

/**
 * `POST /changes`, on the admin port of any region: a database's changes as Debezium sends them, one record per
 * request. A 204 says that what the record purges is in the purge log; on any other answer the sender repeats it.
 */
export class ChangesApi {
  readonly #parts: ChangesApiParts;
  readonly #said = new Set<string>();
  #mapped: Mapped | undefined;
  /** the oldest first */
  readonly #unproven = new Set<IncomingMessage>();

  constructor(parts: ChangesApiParts) {
    this.#parts = parts;
  }

  /** @returns undefined when the path is none of its own. Rejects only when the client goes away while it sends. */
  answer(path: string, message: IncomingMessage): Promise<ApiAnswer> | undefined {
    return path === '/changes' ? this.#answer(message) : undefined;
  }

  async #answer(message: IncomingMessage): Promise<ApiAnswer> {
    const { gate, signature, count } = this.#parts;
    const refused = (code: string): void => count(code.toLowerCase().replaceAll('_', '-'));
    let signed: Buffer | undefined;
    const isSigned = async (): Promise<boolean> => {
      signed = await this.#unprovenBody(message);
      return signature!.isOf(signed, message.headers);
    };
    const answer = await gate.answer(
      message,
      'POST',
      async () => count(await this.#take(signed ?? (await bodyWithin(message)))),
      { refused, isStream: true, ...(signature?.isClaimed(message.headers) && { proves: isSigned }) },
    );
    return answer.status === 200 ? { ...answer, status: 204, body: '' } : answer;
  }

  async #unprovenBody(message: IncomingMessage): Promise<Buffer> {
    // Who sends slowly, and has not shown who it is, must not keep out those who do.
    const [oldest] = this.#unproven;
    if (oldest && this.#unproven.size >= MOST_UNPROVEN) {
      this.#unproven.delete(oldest);
      oldest.destroy();
    }
    this.#unproven.add(message);
    try {
      return await bodyWithin(message);
    } finally {
      this.#unproven.delete(message);
    }
  }

  async #take(body: Buffer): Promise<ChangeOutcome> {
    const text = utf8TextOf(body);
    if (text === undefined) throw new LastmileError('BAD_CHANGE', 'The body is not UTF-8.');
    const record = readChange(text);
    if (!record) return 'passed';
    const known = this.#parts.knowledge();
    if (!known) throw new LastmileError('NOT_READY');
    if (this.#mapped?.by !== known)
      this.#mapped = {
        by: known,
        mapping: new RecordMapping(known),
        repeats: new IdempotencyCache(this.#parts.now),
      };
    return this.#purge(record, this.#mapped);
  }

  async #purge(record: ChangeRecord, { mapping, repeats }: Mapped): Promise<ChangeOutcome> {
    const { tags, notes } = mapping.tagsOf(record);
    for (const note of notes) this.#say(note);
    if (!tags) {
      const [table = ''] = record.names;
      this.#say({
        table,
        note: 'no type is of this table, so that its changes purge nothing',
        remedy: `Declare @table(name: "${table}") on the types that show it, or leave it out by table.include.list.`,
      });
      return 'unmapped';
    }
    if (tags.size === 0) return 'passed';
    const append = (): Promise<Position> => this.#append(tags, record);
    if (record.identity === undefined) {
      await append();
      return 'purged';
    }
    // One change has one answer to what it purges.
    const { result, repeated } = repeats.once(record.identity, '', append)!;
    await result;
    return repeated ? 'repeated' : 'purged';
  }

  async #append(tags: ReadonlySet<Tag>, { names }: ChangeRecord): Promise<Position> {
    const { purge, primary, log } = this.#parts;
    try {
      return await purge(tags);
    } catch (error) {
      log.warn(
        { table: names[0], count: tags.size, ...faultFields(error, primary) },
        'what a change of the database purges is not acknowledged; it is being retried, and its sender is asked to send it again',
      );
      throw error;
    }
  }

  #say({ table, note, remedy }: RecordNote): void {
    const sentence = `${table} ${note}`;
    if (this.#said.has(sentence) || this.#said.size >= MOST_SAID) return;
    this.#said.add(sentence);
    this.#parts.log.warn({ table, remedy }, note);
  }
}

async function bodyWithin(message: IncomingMessage): Promise<Buffer> {
  const body = await bodyOf(message, MOST_BYTES, MEDIA_TYPES);
  if (!body) throw new LastmileError('CHANGE_TOO_LARGE');
  return body;
}
