import * as fc from 'fast-check';
import { changeText } from './changes';
import { shapes, type Shape } from './shape';
import type { Lies } from './sdl';
import { SwiftWorld } from './swift-world';
import { tagOf, World } from './world';

// Dozens of gateways, each with a generated API of its own.
const RUNS = Number(process.env['TRUTH_RUNS'] ?? 8);
/** So many times as many where no gateway has to be started. */
const SWIFT = 4;
/** A lie ends these at the first run that shows it. */
const MOST_RUNS = 40;

interface Tally {
  answers: number;
  hits: number;
  refused: number;
  changed: number;
}

const none = (): Tally => ({ answers: 0, hits: 0, refused: 0, changed: 0 });

/** @param Kind what stands in front of the API: a whole gateway, unless told otherwise */
async function within(
  shape: Shape,
  seed: number,
  lies: Lies,
  act: (world: World) => Promise<void>,
  Kind: typeof World = World,
) {
  const world = await new Kind(shape, seed, lies).start(lies);
  try {
    await act(world);
  } finally {
    await world.stop();
  }
}

/** After each change every operation is asked of the gateway, and must be what upstream says. */
async function followsChanges(world: World, tally: Tally): Promise<void> {
  const before = new Map<string, string>();
  for (let round = 0; round < 10; round++) {
    const change = round > 0 ? changeText(world.ledger, world.random) : undefined;
    if (change) await world.ask(change);
    for (const operation of world.operations) {
      const answer = await world.ask(operation);
      const { data } = await world.truth(operation);
      expect({ change, operation, data: answer.data }).toEqual({ change, operation, data });
      const text = JSON.stringify(data);
      tally.answers++;
      if (answer.cacheStatus.startsWith('hit')) tally.hits++;
      if (answer.cacheStatus.includes('detail=purged')) tally.refused++;
      if (before.has(operation) && before.get(operation) !== text) tally.changed++;
      before.set(operation, text);
    }
  }
}

/** After a purge of one thing, exactly the operations that read it are refused. */
async function refusesWhatReads(
  world: World,
  purge: (tag: string) => Promise<void>,
  tally: Tally,
): Promise<void> {
  const { shape } = world.ledger;
  const things = shape.filter(({ key }) => key !== 'none').flatMap((kind) => world.ledger.all(kind));
  // What has no key is refused with what it shows.
  const isExact = shape.every(({ key }) => key !== 'none');
  for (const thing of things.slice(0, 6)) {
    for (const operation of world.operations) await world.ask(operation);
    const reads = new Map<string, boolean>();
    for (const operation of world.operations) {
      if (!(await world.ask(operation)).cacheStatus.startsWith('hit')) continue;
      reads.set(operation, (await world.truth(operation)).things.has(thing));
    }
    await purge(tagOf(thing));
    for (const [operation, isRead] of reads) {
      if (!isRead && !isExact) continue;
      const answer = await world.ask(operation);
      expect({
        tag: tagOf(thing),
        operation,
        isRefused: answer.cacheStatus.includes('detail=purged'),
      }).toEqual({
        tag: tagOf(thing),
        operation,
        isRefused: isRead,
      });
      tally.answers++;
      tally[isRead ? 'refused' : 'hits']++;
    }
  }
}

describe('over generated schemas, data and operations', () => {
  it('P17 P18 P19 never answers from the cache what a change made untrue: created, deleted, moved, renamed', async () => {
    const tally = none();
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), (shape, seed) =>
        within(shape, seed, {}, (world) => followsChanges(world, tally)),
      ),
      { numRuns: RUNS },
    );
    console.log(tally);
    // It is worth something only where answers change, and where some stay that do not.
    expect(tally.changed).toBeGreaterThan(tally.answers / 50);
    expect(tally.hits).toBeGreaterThan(tally.answers / 5);
  });

  it('P25 never says of an answer that it is fresh after a change made it untrue, over many more of them', async () => {
    const tally = none();
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), (shape, seed) =>
        within(shape, seed, {}, (world) => followsChanges(world, tally), SwiftWorld),
      ),
      { numRuns: SWIFT * RUNS },
    );
    console.log(tally);
    expect(tally.changed).toBeGreaterThan(tally.answers / 50);
    expect(tally.hits).toBeGreaterThan(tally.answers / 5);
  });

  it('P25 says of an answer that it is purged exactly when it read what was, over many more of them', async () => {
    const tally = none();
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), (shape, seed) =>
        within(
          shape,
          seed,
          {},
          (world) => refusesWhatReads(world, (tag) => world.purge(tag), tally),
          SwiftWorld,
        ),
      ),
      { numRuns: SWIFT * RUNS },
    );
    console.log(tally);
    expect(tally.refused).toBeGreaterThan(100);
    expect(tally.hits).toBeGreaterThan(100);
  });

  it('notices a schema that says of mutations that they leave lists alone, when they do not', async () => {
    const lies = { noLists: true };
    const { failed, counterexample } = await fc.check(
      fc.asyncProperty(shapes, fc.nat(), (shape, seed) =>
        within(shape, seed, lies, (world) => followsChanges(world, none())),
      ),
      { numRuns: MOST_RUNS, endOnFailure: true },
    );
    expect({ failed, counterexample }).toMatchObject({ failed: true });
  });

  it('P19 P20 refuses after the purge of a thing all operations that read it, and no others', async () => {
    const tally = none();
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), (shape, seed) =>
        within(shape, seed, {}, (world) => refusesWhatReads(world, (tag) => world.purge(tag), tally)),
      ),
      { numRuns: RUNS },
    );
    console.log(tally);
    expect(tally.refused).toBeGreaterThan(100);
    expect(tally.hits).toBeGreaterThan(100);
  });

  it('notices a purge that is not made', async () => {
    const { failed } = await fc.check(
      fc.asyncProperty(shapes, fc.nat(), (shape, seed) =>
        within(shape, seed, {}, (world) => refusesWhatReads(world, () => Promise.resolve(), none())),
      ),
      { numRuns: MOST_RUNS, endOnFailure: true },
    );
    expect(failed).toBe(true);
  });
});
