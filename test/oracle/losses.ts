/** By which tags a mutation had answers refused that it left true. */
import type { Redis } from 'ioredis';
import { decodeRecord } from '../../src/purge/redis-log/wire';
import { formatTag, impliedBy, type Tag } from '../../src/purge/tag';
import type { Client, Endpoint, Question } from './ask';

/** The log of purges, read on from where it was read last. */
export class PurgedSince {
  readonly #redis: Redis;
  #read = '';

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** @returns every tag that was purged since it was asked last, and what follows from these */
  async next(): Promise<ReadonlySet<Tag>> {
    const records = await this.#redis.xrange('purges', this.#read === '' ? '-' : `(${this.#read}`, '+');
    this.#read = records.at(-1)?.[0] ?? this.#read;
    const purges = records.flatMap(([id, fields]) => decodeRecord(id, fields)?.purges ?? []);
    return new Set(purges.flatMap(({ tag, keepsLists }) => [tag, ...impliedBy(tag, keepsLists)]));
  }
}

/**
 * @param purged what was purged since it was stored
 * @returns the tags, without keys, that refused an answer: `[Post], Post:, ~Post`
 */
export async function refusedBy(
  client: Client,
  gateway: Endpoint,
  { question, purged }: { readonly question: Question; readonly purged: ReadonlySet<Tag> },
): Promise<string> {
  const names = new Set([...purged].map(formatTag));
  // It was stored again a moment ago, with the tags that it had: it shows what it showed.
  const reply = await client.ask({ url: gateway.url, headers: { 'lastmile-debug': '1' } }, question);
  const { extensions } = JSON.parse(reply.text) as {
    extensions?: { lastmile?: { explain?: { answered?: { entry?: { tags: string[] } } } } };
  };
  const tags = extensions?.lastmile?.explain?.answered?.entry?.tags ?? [];
  const refusing = tags.filter((tag) => names.has(tag)).map((tag) => tag.replace(/:.*/s, ':'));
  return [...new Set(refusing)].toSorted().join(', ') || 'not known';
}
