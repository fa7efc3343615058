import { fill } from '../../src/gateway/fill';
import { GOOD, holdRegion, KEY, PAGE, planFor, SETTINGS, settingsWith, type Said } from './harness';

describe('an answer that was asked for', () => {
  it('is kept in memory and in Redis, with its tags and as long as its policy says', async () => {
    const { region, far } = holdRegion();
    const { entry, why } = await fill(region, SETTINGS, planFor({}));
    expect(why).toBeUndefined();
    expect(entry).toMatchObject({ key: KEY, maxAge: 60, staleIfError: 0, tags: [PAGE] });
    expect(entry!.etag).toMatch(/^"[\w-]{27}"$/);
    expect(far.get(KEY)).toBe(entry);
    expect(region.peek(KEY).kind).toBe('fresh');
  });

  it.each<[string, Said, string]>([
    ['holds errors', { execution: { result: { data: {}, errors: [] as never } } }, 'error'],
    ['holds no data', { execution: { result: { data: null } } }, 'error'],
    ['never came', { execution: { answer: { answered: false, headers: {} } as never } }, 'error'],
    ['has a status of failure', { status: 500, execution: {} }, 'error'],
    [
      'sets a cookie',
      { execution: { answer: { ...GOOD.answer, headers: { 'set-cookie': 'a=1' } } as never } },
      'set-cookie',
    ],
    ['may be kept for no time', { execution: { storableFor: 0 } }, 'no-policy'],
    [
      'holds an object without its key',
      { execution: { collected: { ...GOOD.collected, untagged: 'Page' } as never } },
      'untagged',
    ],
    ['is too large', { body: `{"data":"${'x'.repeat(1000)}"}` }, 'too-large'],
  ])('is not kept when it %s', async (_, said, why) => {
    const { region, far } = holdRegion();
    const filled = await fill(region, SETTINGS, planFor(said));
    expect(filled).toMatchObject({ why, entry: undefined });
    expect([region.peek(KEY).kind, far.size]).toEqual(['miss', 0]);
  });

  it('is not kept where its client wants it stored nowhere', async () => {
    const { region } = holdRegion();
    expect(await fill(region, SETTINGS, { ...planFor({}), stores: false })).toMatchObject({ why: 'request' });
    expect(region.peek(KEY).kind).toBe('miss');
  });

  it('P01 is not kept when one of its tags was purged while it was on its way', async () => {
    const { region, purge } = holdRegion();
    const filled = await fill(
      region,
      SETTINGS,
      planFor({}, () => purge(PAGE)),
    );
    expect(filled).toMatchObject({ why: 'purged', entry: undefined });
  });

  it('is kept when something else was purged meanwhile', async () => {
    const { region, purge } = holdRegion();
    const filled = await fill(
      region,
      SETTINGS,
      planFor({}, () => purge('Page:2')),
    );
    expect(filled.entry).toBeDefined();
  });
});

describe("upstream's word", () => {
  it.each([
    ['shortens', { maxAge: 10 }, { maxAge: 10 }],
    ['does not lengthen', { maxAge: 600 }, { maxAge: 60 }],
    ['says how old it is already', { age: 7 }, { answeredAt: 1_000_000 - 7_000 }],
    // Another schema, under which the entry stays, may have a type of that name.
    ['adds tags', { tags: ['Page:9', 'front'] }, { tags: [PAGE, 'Page:9', 'front', '#front'] }],
    ['forbids stale service', { mustRevalidate: true }, { swr: 0, staleIfError: 0 }],
  ])('%s', async (_, hints, expected) => {
    const { region } = holdRegion();
    const { entry } = await fill(region, settingsWith(hints, 300), planFor({}));
    expect(entry).toMatchObject(expected);
  });
});
