/** Answers through the gateway beside upstream's own: `npm run oracle`. See `--help` and README.md. */
import { BUILT } from '../kit/lastmile';
import { writeFile } from 'node:fs/promises';
import { Cleanup } from '../kit/cleanup';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { WITH_LOG } from './captured';
import { readOptions, USAGE, type OracleOptions } from './options';
import { formatKind, formatLosses, formatTable } from './table';
import { Tally, type Kind } from './tally';
import { runTrial } from './run-trial';
import type { TrialOptions } from './trial';

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
    (postgres ??= startPostgres(WITH_LOG).then((server) => ground.add(server)));
  const tallies = new Map<string, Tally>();
  const failures: string[] = [];
  try {
    const courses = coursesOf(options);
    for (const { name, ...course } of courses) {
      const tally = new Tally();
      tallies.set(name, tally);
      let told: ReadonlySet<Kind> = new Set();
      const end = performance.now() + (options.minutes * 60_000) / courses.length;
      for (let round = 0; round === 0 || performance.now() < end; round++) {
        const seed = options.seed + round * 1_000_003;
        try {
          await oneTrial({ ...options, ...course, built: BUILT, seed, until: end }, startOnce, tally);
        } catch (error) {
          failures.push(`${name}, seed ${seed}: ${error instanceof Error ? error.stack : String(error)}`);
          break;
        }
        // A long run is not waited for to see what it found.
        const fresh = tally.broken.filter((kind) => !told.has(kind));
        for (const kind of fresh) process.stderr.write(`${name}: ${formatKind(kind)}`);
        told = new Set(tally.broken);
        const { comparisons, staleUnnamed } = tally.counts;
        process.stderr.write(`${name}: ${comparisons} comparisons, ${staleUnnamed} stale and not named\n`);
      }
    }
  } finally {
    await ground.run();
  }
  await report(options, tallies);
  for (const failure of failures) process.stderr.write(`failed: ${failure}\n`);
  const isGood = [...tallies].every(([name, tally]) => {
    if (options.pastTheGateway) return isSeeing(tally);
    // Without the log it is shown what there is to be mended.
    return options.capture && name.endsWith(WITHOUT) ? tally.counts.changes > 0 : tally.broken.length === 0;
  });
  return isGood && failures.length === 0 ? 0 : 1;
}

/** What is tried for one row of the table. */
type Course = Pick<TrialOptions, 'subject' | 'captured' | 'changes' | 'lively'> & { readonly name: string };

const WITHOUT = ', without its log';

function coursesOf({ subjects, capture }: OracleOptions): readonly Course[] {
  if (!capture) return subjects.map((subject) => ({ name: subject.name, subject }));
  return subjects.flatMap((subject) =>
    (['mutations', 'sql'] as const).flatMap((changes) =>
      [false, true].map((captured) => ({
        name: `${subject.name}, ${changes}${captured ? ', captured' : WITHOUT}`,
        subject,
        captured,
        changes,
        lively: true,
      })),
    ),
  );
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
