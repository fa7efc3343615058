/** Answers through the gateway beside upstream's own: `npm run oracle`. See `--help` and README.md. */
import { BUILT } from '../kit/lastmile';
import { writeFile } from 'node:fs/promises';
import { Cleanup } from '../kit/cleanup';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { readOptions, USAGE, type OracleOptions } from './options';
import { formatKind, formatLosses, formatTable } from './table';
import { Tally } from './tally';
import { runTrial } from './trial';

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    process.stdout.write(USAGE);
    return 0;
  }
  let options: OracleOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return 2;
  }
  const ground = new Cleanup();
  let postgres: Promise<PostgresServer> | undefined;
  const startOnce = (): Promise<PostgresServer> =>
    (postgres ??= startPostgres().then((server) => ground.add(server)));
  const tallies = new Map<string, Tally>();
  const failures: string[] = [];
  try {
    for (const subject of options.subjects) {
      const tally = new Tally();
      tallies.set(subject.name, tally);
      const end = performance.now() + (options.minutes * 60_000) / options.subjects.length;
      for (let round = 0; round === 0 || performance.now() < end; round++) {
        const seed = options.seed + round * 1_000_003;
        try {
          await oneTrial({ ...options, subject, built: BUILT, seed, until: end }, startOnce, tally);
        } catch (error) {
          failures.push(
            `${subject.name}, seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`,
          );
          break;
        }
        const { comparisons, staleUnnamed } = tally.counts;
        process.stderr.write(
          `${subject.name}: ${comparisons} comparisons, ${staleUnnamed} stale and not named\n`,
        );
      }
    }
  } finally {
    await ground.run();
  }
  await report(options, tallies);
  for (const failure of failures) process.stderr.write(`failed: ${failure}\n`);
  const isGood = [...tallies.values()].every((tally) =>
    options.pastTheGateway ? isSeeing(tally) : tally.broken.length === 0,
  );
  return isGood && failures.length === 0 ? 0 : 1;
}

/** Whether everything that changed unknown to the gateway was found stale. */
function isSeeing({ counts }: Tally): boolean {
  return counts.changes > 0 && counts.staleNamed + counts.staleUnnamed === counts.changes;
}

async function oneTrial(
  options: Parameters<typeof runTrial>[0],
  postgres: () => Promise<PostgresServer>,
  tally: Tally,
): Promise<void> {
  const cleanup = new Cleanup();
  try {
    await runTrial(options, { postgres, cleanup }, tally);
  } finally {
    await cleanup.run();
  }
}

async function report(options: OracleOptions, tallies: ReadonlyMap<string, Tally>): Promise<void> {
  if (options.examples)
    for (const [name, tally] of tallies)
      for (const kind of [...tally.kinds.values()].sort((a, b) => b.count - a.count))
        process.stdout.write(`${name}: ${formatKind(kind)}\n`);
  if (options.losses)
    for (const [name, tally] of tallies) process.stdout.write(`${name}, lost\n${formatLosses(tally)}\n`);
  process.stdout.write(formatTable(tallies));
  if (options.out === undefined) return;
  const plain = [...tallies].map(([name, { counts, kinds, mutations }]) => ({
    name,
    counts: { ...counts, uncached: Object.fromEntries(counts.uncached) },
    mutations: Object.fromEntries(mutations),
    kinds: [...kinds.values()].map((kind) => ({
      ...kind,
      example: {
        ...kind.example,
        question: plainQuestion(kind.example.question),
        mutation: kind.example.mutation && plainQuestion(kind.example.mutation),
      },
    })),
  }));
  await writeFile(options.out, `${JSON.stringify(plain, undefined, 2)}\n`);
}

function plainQuestion({ query, variables }: { query: string; variables: string }) {
  return { query, variables };
}

process.on('SIGINT', () => process.exit(130));
process.on('SIGTERM', () => process.exit(143));
void main(process.argv.slice(2)).then((status) => {
  process.exitCode = status;
});
