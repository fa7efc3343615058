import { EventEmitter, once } from 'node:events';
import { INTROSPECTION_LIMITS, Introspector } from '../../src/schema/introspect';
import { readSchemaText, type SchemaText } from '../../src/schema/load-schema';
import { LastmileError } from '../../src/report/error';
import { SchemaError } from '../../src/schema/schema-error';
import {
  SchemaKeeper,
  type LookCause,
  type KeptSchema,
  type SchemaKeeperOptions,
} from '../../src/schema/schema-keeper';
import { cleanupAfterEach } from '../kit/cleanup';
import { freePort } from '../kit/free-port';
import { startApolloOrigin } from '../kit/origin-process';
import { pause, until } from '../kit/until';
import { connect } from '../upstream/ask';
import { introspectionOf, writeFiles } from './sdl';

// One of them waits for a server in another process to start.
const cleanup = cleanupAfterEach();

/** A keeper that can be watched: its changes and faults in order, and an event for each. */
function keep(read: () => Promise<SchemaText>, options: Partial<SchemaKeeperOptions> = {}) {
  const events = new EventEmitter();
  const changes: KeptSchema[] = [];
  const faults: { error: unknown; nextInMs: number | undefined }[] = [];
  const causes: LookCause[] = [];
  const clock = { now: 0 };
  const keeper = new SchemaKeeper({
    read,
    refreshMs: 0,
    firstRetryMs: 10,
    longestRetryMs: 40,
    onChange: (kept) => {
      changes.push(kept);
      events.emit('change');
    },
    onLook: (look, cause, nextInMs) => {
      causes.push(cause);
      if (!('error' in look)) return;
      faults.push({ error: look.error, nextInMs });
      events.emit('fault');
    },
    now: () => clock.now,
    ...options,
  });
  cleanup.add(keeper);
  return { keeper, changes, faults, causes, clock, events };
}

/** What there is to load can be changed in the course of a test. */
function source(first: string | Error) {
  const state = { now: first, loads: 0, builds: 0 };
  const load = async (): Promise<SchemaText> => {
    state.loads++;
    if (state.now instanceof Error) throw state.now;
    const text = await readSchemaText({ patterns: [], introspect: introspectionOf(state.now) });
    return {
      ...text,
      build: () => {
        state.builds++;
        return text.build();
      },
    };
  };
  return { state, load };
}

describe('SchemaKeeper', () => {
  it('starts before its upstream does, and has the schema soon after upstream is there', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/graphql`;
    const upstream = connect(cleanup, url, INTROSPECTION_LIMITS);
    const { keeper, changes, faults, events } = keep(() =>
      readSchemaText({ patterns: [], introspect: () => new Introspector(upstream).read() }),
    );
    await keeper.start();
    expect(keeper.kept).toBeUndefined();
    expect(faults[0]!.error).toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    const changed = once(events, 'change');
    cleanup.add(await startApolloOrigin(port));
    await changed;
    expect(keeper.kept!.schema.getType('Country')).toBeDefined();
    expect(changes).toEqual([keeper.kept]);
  });

  it('waits longer after each failed look, to a limit, and not all keepers alike', async () => {
    const { state, load } = source(new Error('down'));
    const { keeper, faults } = keep(load);
    await keeper.start();
    await until('it has looked six times', () => state.loads >= 6);
    const pauses = faults.map((fault) => fault.nextInMs);
    const longest = [10, 20, 40, 40, 40];
    for (const [index, most] of longest.entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(most / 2);
      expect(pauses[index]).toBeLessThanOrEqual(most);
    }
  });

  it('looks once and no more when nothing was set', async () => {
    const { state, load } = source('type Query { a: Int }');
    const { keeper, changes } = keep(load);
    await keeper.start();
    expect(changes).toHaveLength(1);
    await pause(30);
    expect(state.loads).toBe(1);
  });

  it('looks again at an interval, and tells only of changes', async () => {
    const { state, load } = source('type Query { a: Int }');
    const { keeper, changes, events } = keep(load, { refreshMs: 5 });
    await keeper.start();
    await until('it has looked again', () => state.loads > 3);
    expect(changes).toHaveLength(1);
    const changed = once(events, 'change');
    state.now = 'type Query { a: Int b: Int }';
    await changed;
    expect(changes).toHaveLength(2);
    expect(changes[1]!.version).not.toBe(changes[0]!.version);
    expect(keeper.kept).toBe(changes[1]);
  });

  it('keeps what it knows while upstream is away, and goes on looking', async () => {
    const { state, load } = source('type Query { a: Int }');
    const { keeper, changes, events } = keep(load, { refreshMs: 5 });
    await keeper.start();
    const failed = once(events, 'fault');
    state.now = new Error('down');
    await failed;
    expect(keeper.kept).toBe(changes[0]);
    const changed = once(events, 'change');
    state.now = 'type Query { b: Int }';
    await changed;
    expect(keeper.kept!.schema.getQueryType()!.getFields()['b']).toBeDefined();
  });

  it('builds no schema of a text that it has seen', async () => {
    const { state, load } = source('type Query { a: Int }');
    const { keeper } = keep(load);
    await keeper.start();
    expect(await keeper.look('told')).toEqual({ kind: 'unchanged' });
    expect(state).toMatchObject({ loads: 2, builds: 1 });
  });

  it('looks again after a look under way that may have seen what was before, once for all', async () => {
    const { state, load } = source('type Query { a: Int }');
    const { keeper } = keep(load);
    const first = keeper.look('told');
    const others = [keeper.look('told'), keeper.look('told')];
    state.now = 'type Query { b: Int }';
    expect(await first).toEqual({ kind: 'changed' });
    expect(await Promise.all(others)).toEqual([{ kind: 'changed' }, { kind: 'changed' }]);
    expect(state.loads).toBe(2);
    expect(keeper.kept!.schema.getQueryType()!.getFields()['b']).toBeDefined();
  });

  it('refuses a schema that the overlay does not fit, keeps the old one, and builds it once', async () => {
    const folder = await writeFiles(cleanup, {
      'a.graphql': 'extend type Query { a: Int @cacheControl(maxAge: 1) }',
    });
    let sdl = 'type Query { a: Int }';
    let builds = 0;
    const { keeper, changes } = keep(async () => {
      const text = await readSchemaText({
        patterns: ['a.graphql'],
        folder,
        introspect: () => introspectionOf(sdl)(),
      });
      return { ...text, build: () => (builds++, text.build()) };
    });
    await keeper.start();
    sdl = 'type Query { b: Int }';
    const refused = await keeper.look('told');
    expect(refused).toMatchObject({ kind: 'refused', error: expect.any(SchemaError) });
    expect(await keeper.look('told')).toEqual(refused);
    expect(builds).toBe(2);
    expect(keeper.kept).toBe(changes[0]);
    sdl = 'type Query { a: Int b: Int }';
    expect(await keeper.look('told')).toEqual({ kind: 'changed' });
  });

  it('does not ask again for what only files say', async () => {
    const folder = await writeFiles(cleanup, { 'a.graphql': 'type Query { a: Int }' });
    let reads = 0;
    const { keeper } = keep(() => (reads++, readSchemaText({ patterns: ['a.graphql'], folder })), {
      refreshMs: 1,
    });
    await keeper.start();
    await pause(30);
    expect(reads).toBe(1);
  });

  it('does not start over files that are wrong', async () => {
    const folder = await writeFiles(cleanup, { 'a.graphql': 'extend type Nobody @cacheControl(maxAge: 1)' });
    const introspectNow = introspectionOf('type Query { a: Int }');
    const { keeper, faults } = keep(() =>
      readSchemaText({ patterns: ['a.graphql'], folder, introspect: introspectNow }),
    );
    await expect(keeper.start()).rejects.toBeInstanceOf(SchemaError);
    expect(faults).toEqual([]);
  });

  it('asks no more where upstream has stopped to describe itself, until it is told to', async () => {
    const { state, load } = source('type Query { a: Int }');
    const { keeper, changes, faults } = keep(load, { refreshMs: 1 });
    await keeper.start();
    state.now = new LastmileError('INTROSPECTION_REFUSED');
    await until('it was refused', () => faults.length > 0);
    expect(faults[0]!.nextInMs).toBeUndefined();
    const { loads } = state;
    await pause(30);
    await keeper.recheck();
    expect(state.loads).toBe(loads);
    expect(keeper.kept).toBe(changes[0]);
    state.now = 'type Query { b: Int }';
    expect(await keeper.look('told')).toEqual({ kind: 'changed' });
    await until('it goes on looking', () => state.loads > loads + 1);
  });

  it('goes on asking an upstream that does not describe itself while there is no schema at all', async () => {
    const { state, load } = source(new LastmileError('INTROSPECTION_REFUSED'));
    const { keeper, events } = keep(load);
    const changed = once(events, 'change');
    await keeper.start();
    state.now = 'type Query { a: Int }';
    await changed;
  });

  describe('because of an operation', () => {
    /** Asks `times` times at one moment. @returns how often it looked */
    async function looks(times: number, { keeper, causes }: ReturnType<typeof keep>): Promise<number> {
      const before = causes.length;
      await Promise.all(Array.from({ length: times }, () => keeper.recheck()));
      expect(causes.slice(before).every((cause) => cause === 'operation')).toBe(true);
      return causes.length - before;
    }

    it('looks once for all that ask, at most once a second', async () => {
      const { state, load } = source('type Query { a: Int }');
      const kept = keep(load);
      await kept.keeper.start();
      // It has looked just now.
      expect(await looks(5, kept)).toBe(0);
      kept.clock.now = 1000;
      state.now = 'type Query { b: Int }';
      expect(await looks(5, kept)).toBe(1);
      expect(kept.changes).toHaveLength(2);
      kept.clock.now = 1999;
      expect(await looks(5, kept)).toBe(0);
      kept.clock.now = 2000;
      expect(await looks(5, kept)).toBe(1);
    });

    it('looks once in half a minute after three in vain, until something has changed', async () => {
      const { state, load } = source('type Query { a: Int }');
      const kept = keep(load);
      await kept.keeper.start();
      const lookAt = async (second: number): Promise<number> => {
        kept.clock.now = second * 1000;
        return looks(1, kept);
      };
      const vain = [await lookAt(1), await lookAt(2), await lookAt(3)];
      expect(vain).toEqual([1, 1, 1]);
      expect([await lookAt(4), await lookAt(32), await lookAt(33), await lookAt(62)]).toEqual([0, 0, 1, 0]);
      state.now = 'type Query { b: Int }';
      await kept.keeper.look('told');
      expect([await lookAt(64), await lookAt(65)]).toEqual([1, 1]);
    });

    it('is not kept waiting by a look that takes long', async () => {
      const { state, load } = source('type Query { a: Int }');
      let release = () => {};
      const kept = keep(async () => {
        const text = await load();
        if (state.loads > 1) await new Promise<void>((resolve) => (release = resolve));
        return text;
      });
      await kept.keeper.start();
      kept.clock.now = 1000;
      await kept.keeper.recheck();
      expect(kept.causes).toEqual(['start']);
      release();
      await until('the look has ended', () => kept.causes.length === 2);
    });

    it('looks at nothing where the files say all', async () => {
      const folder = await writeFiles(cleanup, { 'a.graphql': 'type Query { a: Int }' });
      const kept = keep(() => readSchemaText({ patterns: ['a.graphql'], folder }));
      await kept.keeper.start();
      kept.clock.now = 60_000;
      expect(await looks(1, kept)).toBe(0);
    });
  });

  it('says nothing more once it is closed', async () => {
    const { state, load } = source(new Error('down'));
    const { keeper, changes } = keep(load);
    await keeper.start();
    keeper.close();
    const { loads } = state;
    state.now = 'type Query { a: Int }';
    await pause(30);
    expect(changes).toEqual([]);
    expect(state.loads).toBe(loads);
  });
});
