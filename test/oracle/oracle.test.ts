import { cleanupAfterAll, Cleanup } from '../kit/cleanup';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { WITH_LOG } from './captured';
import { installServer } from './install';
import { compareWithList, rewriteList } from './not-yet';
import { subjectNamed } from './subjects';
import { formatKind, formatTable } from './table';
import { Tally } from './tally';
import { runTrial } from './run-trial';
import type { TrialOptions } from './trial';

/** Those that install and start quickly, with seeds that touch many kinds; `npm run oracle` asks all servers. */
const SERVERS = [
  ['postgraphile4', 2],
  ['drizzle', 1],
  ['yoga-keys', 2],
] as const;
const QUESTIONS = 100;
const MUTATIONS = 20;
const INSTALLATION_MS = 600_000;

const ground = cleanupAfterAll();
let postgres: Promise<PostgresServer> | undefined;
const tallies = new Map<string, Tally>();

beforeAll(async () => {
  await Promise.all(SERVERS.map(([name]) => installServer(subjectNamed(name).folder ?? name)));
}, INSTALLATION_MS);

afterAll(() => {
  process.stdout.write(formatTable(tallies));
});

async function trial(server: string, options: Partial<TrialOptions> = {}): Promise<Tally> {
  const cleanup = new Cleanup();
  try {
    return await runTrial(
      {
        subject: subjectNamed(server),
        seed: 1,
        questions: QUESTIONS,
        mutations: MUTATIONS,
        ...options,
      },
      { postgres: () => (postgres ??= startPostgres(WITH_LOG).then((one) => ground.add(one))), cleanup },
    );
  } finally {
    await cleanup.run();
  }
}

describe.each(SERVERS)('in front of %s', (server, seed) => {
  it('no answer is stale or changed but those that are listed', async () => {
    const tally = await trial(server, { seed });
    tallies.set(server, tally);
    // ORACLE_LIST=shrink takes what is mended off the list, ORACLE_LIST=grow writes it as it is now.
    const list = process.env['ORACLE_LIST'];
    if (list) await rewriteList(server, tally, list === 'grow');
    const { unlisted, mended } = await compareWithList(server, tally);
    expect(unlisted.map(formatKind).join('\n')).toBe('');
    // No longer met: take them off, by `ORACLE_LIST=shrink npx jest test/oracle`.
    expect(mended).toEqual([]);
    expect(tally.counts.hits).toBeGreaterThan(QUESTIONS / 2);
    expect(tally.counts.mutations).toBe(MUTATIONS);
    expect(tally.counts.changes).toBeGreaterThan(MUTATIONS);
  });
});

describe('in front of postgraphile4, whose database changes behind the gateway', () => {
  it('no answer is stale where the log is read, but of what no log holds', async () => {
    const tally = await trial('postgraphile4', {
      seed: 5,
      captured: true,
      changes: 'sql',
      lively: true,
      questions: 50,
      mutations: 10,
    });
    tallies.set('postgraphile4, by SQL', tally);
    expect(tally.broken.map(formatKind).join('\n')).toBe('');
    expect(tally.counts.hits).toBeGreaterThan(25);
    expect(tally.counts.mutations).toBe(10);
    // Cached answers that would have stayed: nothing but the log tells of a statement.
    expect(tally.counts.changes).toBeGreaterThan(10);
  });
});

describe('the oracle itself', () => {
  it('finds answers stale when mutations do not pass the gateway', async () => {
    const { counts } = await trial('yoga', { questions: 40, mutations: 6, pastTheGateway: true });
    expect(counts.staleNamed + counts.staleUnnamed).toBe(counts.changes);
    expect(counts.changes).toBeGreaterThan(0);
    expect(counts.lost).toBe(0);
  });
});
