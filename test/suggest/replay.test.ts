import * as fc from 'fast-check';
import type { CacheKey, Entry } from '../../src/cache/entry';
import { evaluate } from '../../src/cache/lookup';
import { positionAt, type Position } from '../../src/purge/position';
import { PurgeTable } from '../../src/purge/table';
import { subjectOf, type Tag, type TagSubject } from '../../src/purge/tag';
import type { Line } from '../../src/suggest/lines';
import { readLines } from '../../src/suggest/read-log';
import { replay, type Keeping, type ReplayTally } from '../../src/suggest/replay';
import { logOf, purge, query, s } from './lines';

async function replayed(lines: readonly Line[], keeping: Partial<Keeping> = {}): Promise<ReplayTally> {
  const { operations } = await readLines(logOf(lines));
  return replay(operations.get('p') ?? [], { maxAge: 60, isPrivate: false, ...keeping });
}

describe('a replay', () => {
  it('hits for as long as an entry is kept, and from when upstream had answered', async () => {
    const lines = [0, 0.05, 0.1, 30, 60.099, 60.1, 61].map((t) => query(s(t)));
    expect(await replayed(lines)).toMatchObject({ queries: 7, hits: 4, collapsed: 1, savedMs: 500 });
  });

  it('misses what was purged, and only that', async () => {
    const tagged = (t: number) => query(t, { tags: ['Post', 'Post:1'] });
    const lines = [tagged(0), purge(s(10), 'Post:2'), tagged(s(11)), purge(s(20), 'Post:1'), tagged(s(21))];
    expect(await replayed(lines)).toMatchObject({ hits: 1 });
    expect(await replayed([tagged(0), purge(s(1), '*'), tagged(s(2))])).toMatchObject({ hits: 0 });
  });

  it('misses what depends on any change of a type after each of them', async () => {
    const tagged = (t: number) => query(t, { tags: ['[Post]', '~Author'] });
    const lines = [tagged(0), purge(s(1), 'Author:2'), tagged(s(2)), purge(s(3), '[Author]'), tagged(s(4))];
    expect(await replayed([...lines, purge(s(5), 'Post:1'), tagged(s(6))])).toMatchObject({ hits: 1 });
  });

  it('does not keep what was purged on its way, and joins no call from before a purge', async () => {
    const tagged = (t: number) => query(t, { tags: ['Post'], ms: 1000 });
    const late = [tagged(0), purge(500, 'Post'), tagged(s(2))];
    expect(await replayed(late)).toMatchObject({ hits: 0, collapsed: 0 });
    const joining = (purged: string) => [tagged(0), purge(500, purged), tagged(600), tagged(700)];
    expect(await replayed(joining('Post:7'))).toMatchObject({ hits: 0, collapsed: 1 });
    expect(await replayed(joining('Other'))).toMatchObject({ hits: 0, collapsed: 2 });
  });

  it('keeps variables, headers and, if private, sessions apart', async () => {
    const lines = [
      query(0, { who: 'ada' }),
      query(s(1), { who: 'bob' }),
      query(s(2), { vars: 'x' }),
      query(s(3), { vary: 'y' }),
      query(s(4), { who: 'ada' }),
      query(s(5)),
    ];
    expect(await replayed(lines)).toMatchObject({ hits: 3, shared: 2 });
    expect(await replayed(lines, { isPrivate: true })).toMatchObject({ hits: 1, shared: 0 });
  });

  it('keeps no errors, and nothing for no time', async () => {
    expect(await replayed([query(0, { failed: true }), query(s(1))])).toMatchObject({ hits: 0 });
    expect(await replayed([query(0), query(s(1))], { maxAge: 0 })).toMatchObject({ hits: 0, queries: 2 });
  });

  it('counts hits that would have shown what upstream no longer said', async () => {
    const lines = [
      query(0, { answer: 'old', who: 'ada' }),
      query(s(1), { answer: 'new', who: 'ada' }),
      query(s(2), { answer: 'new', who: 'bob' }),
      query(s(3), { answer: 'old', who: 'ada' }),
    ];
    expect(await replayed(lines)).toMatchObject({ hits: 3, stale: 1, foreign: 1 });
  });

  it('takes a recorded hit for as long as others took, and learns nothing new from it', async () => {
    const { ms: _, ...hit } = query(s(1), { answer: 'other' }) as Record<string, unknown>;
    const lines = [query(0, { ms: 40 }), { ...hit, why: 'hit' } as unknown as Line];
    expect(await replayed(lines)).toMatchObject({ hits: 1, savedMs: 40, upstreamMs: 80, stale: 0 });
  });

  it('takes any purge of a type for one of its entities where those are not written down', async () => {
    const cut = { tags: ['Post', '[Post]'], cut: true as const };
    expect(await replayed([query(0, cut), purge(s(1), 'Post:9'), query(s(2), cut)])).toMatchObject({
      hits: 0,
    });
    expect(await replayed([query(0, cut), purge(s(1), 'User:9'), query(s(2), cut)])).toMatchObject({
      hits: 1,
    });
  });
});

describe('beside the gateway itself', () => {
  const TAGS = ['A', 'B:1', 'B:2', '[B]'];
  const moment = fc.integer({ min: 0, max: 4000 });
  const recorded = fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          t: moment,
          vars: fc.constantFrom('x', 'y'),
          ms: fc.integer({ min: 1, max: 800 }),
          tags: fc.subarray(TAGS),
        }),
      },
      { weight: 1, arbitrary: fc.record({ t: moment, purged: fc.subarray(TAGS, { minLength: 1 }) }) },
    ),
    { maxLength: 40 },
  );

  it('hits, joins and misses exactly when table, entries and flights would', async () => {
    await fc.assert(
      fc.asyncProperty(recorded, fc.integer({ min: 1, max: 3 }), async (events, maxAge) => {
        // Two things at one moment have no order that both could know.
        const apart = events
          .toSorted((a, b) => a.t - b.t)
          .map((event, index) => ({ ...event, t: event.t + index / 100 }));
        const lines = apart.map((event) =>
          'purged' in event ? purge(event.t, ...event.purged) : query(event.t, event),
        );
        const { hits, collapsed } = await replayed(lines, { maxAge });
        expect({ hits, collapsed }).toEqual(simulate(apart, maxAge));
      }),
      { numRuns: 300 },
    );
  });
});

type Event =
  | { readonly t: number; readonly purged: readonly string[] }
  | { readonly t: number; readonly vars: string; readonly ms: number; readonly tags: readonly string[] };

/** The same with the gateway's own parts: a table of purges, entries with an as-of, one flight for each key. */
function simulate(events: readonly Event[], maxAge: number): { hits: number; collapsed: number } {
  const table = new PurgeTable();
  table.restart([{ position: positionAt(1, 0), purges: [] }]);
  const entries = new Map<string, Entry>();
  const flights = new Map<string, { version: number; subjects: TagSubject[]; endsAt: number }>();
  let landings: { at: number; key: string; entry: Entry }[] = [];
  let hits = 0;
  let collapsed = 0;

  function land(t: number): void {
    const due = landings.filter(({ at }) => at <= t).sort((a, b) => a.at - b.at);
    landings = landings.filter(({ at }) => at > t);
    for (const { at, key, entry } of due) {
      if (evaluate(entry, table, at) !== 'purged') entries.set(key, entry);
      if (flights.get(key)?.endsAt === at) flights.delete(key);
    }
  }

  function mayJoin(key: string): boolean {
    const flight = flights.get(key);
    return flight !== undefined && table.hasSparedSince(flight.version, flight.subjects);
  }

  function query(t: number, key: string, ms: number, tags: readonly string[], asOf: Position): void {
    const entry = entries.get(key);
    if (entry && evaluate(entry, table, t) === 'fresh') hits++;
    else if (mayJoin(key)) collapsed++;
    else {
      const at = t + ms;
      flights.set(key, {
        version: table.version,
        subjects: tags.map((tag) => subjectOf(tag as Tag)),
        endsAt: at,
      });
      landings.push({
        at,
        key,
        entry: {
          key: key as CacheKey,
          body: Buffer.alloc(0),
          etag: '',
          asOf,
          tags: tags as Tag[],
          answeredAt: at,
          maxAge,
          swr: 0,
          staleIfError: 0,
        },
      });
    }
  }

  for (const event of events) {
    land(event.t);
    if ('purged' in event) {
      const position = positionAt(1, table.position.seq + 1);
      table.apply({ position, purges: event.purged.map((tag) => ({ tag: tag as Tag, kind: 'hard' })) });
    } else {
      query(event.t, event.vars, event.ms, event.tags, table.position);
    }
  }
  return { hits, collapsed };
}
