import { isDeepStrictEqual } from 'node:util';
import { asyncProperty, check } from 'fast-check';
import type { BehindNginx } from './behind-nginx';
import type { Echo } from './echo';
import { piecesOf } from './pieces';
import { play, type Outcome } from './play';
import { isDetermined, isRead, MISLED, streams, type Stream } from './stream';

export interface FuzzOptions {
  /** how many streams */
  readonly count: number;
  /** the same streams come of the same seed */
  readonly seed: number;
}

/**
 * Plays random streams to a front with the short cut, and to one without it.
 * @returns undefined, or a text with the seed, the smallest stream of which they make different things, and these things
 */
export function findDifference(
  { subject, reference }: { readonly subject: Echo; readonly reference: Echo },
  options: FuzzOptions,
): Promise<string | undefined> {
  return findFault(options, async (stream) => {
    const pieces = piecesOf(stream);
    const [one, other] = await Promise.all([
      play(subject, pieces, stream.endsEarly),
      play(reference, pieces, stream.endsEarly),
    ]);
    return difference(one, other, stream);
  });
}

/**
 * Sends the requests of random streams through an nginx, each from another client.
 * @returns undefined, or a text with the seed, the smallest stream of which a client was told what was not its answer
 */
export function findMixUp(behind: BehindNginx, options: FuzzOptions): Promise<string | undefined> {
  return findFault(options, (stream) => behind.findMixUp(stream));
}

async function findFault(
  { count, seed }: FuzzOptions,
  faultOf: (stream: Stream) => Promise<string | undefined>,
): Promise<string | undefined> {
  const property = asyncProperty(streams, async (stream) => (await faultOf(stream)) === undefined);
  const { failed, counterexample, numRuns, numShrinks } = await check(property, { numRuns: count, seed });
  if (!failed) return undefined;
  const [smallest] = counterexample!;
  return [
    `Stream ${numRuns} of seed ${seed} is not read as node:http reads it. Made smaller ${numShrinks} times it is`,
    ...piecesOf(smallest).map(({ text, releases }) => `  ${brief(text)}${releases ? ', then releases' : ''}`),
    ...(smallest.endsEarly ? ['  and half closes'] : []),
    (await faultOf(smallest)) ?? 'and is read as it should be when it is played again',
    JSON.stringify(smallest),
  ].join('\n');
}

/**
 * Where the front cuts the connection, how much it still reads and says depends on how soon: one may have handled, and
 * been told, less than the other. Nothing else is left to chance.
 */
function difference(subject: Outcome, reference: Outcome, stream: Stream): string | undefined {
  const isWhole = isDetermined(stream) && !reference.isCut;
  const isSame =
    subject.isStuck === reference.isStuck &&
    (subject.isCut === reference.isCut || !isDetermined(stream)) &&
    !(isRead(stream) && subject.handled.some((said) => said.includes(MISLED))) &&
    (isWhole
      ? isDeepStrictEqual(subject.handled, reference.handled)
      : isPart(subject.handled, reference.handled)) &&
    isBeginning(told(subject), told(reference), isWhole);
  if (isSame) return undefined;
  return `short cut: ${describe(subject, reference)}\nnode:http: ${describe(reference, subject)}`;
}

/** Whether one, in order, is the other without some. */
function isPart(some: readonly string[], others: readonly string[]): boolean {
  if (some.length > others.length) return isPart(others, some);
  let at = 0;
  for (const each of others) if (each === some[at]) at++;
  return at === some.length;
}

/** Whether texts are the same, or, where they need not be whole, one is the beginning of the other. */
function isBeginning(one: string, other: string, isWhole: boolean): boolean {
  return one === other || (!isWhole && (one.startsWith(other) || other.startsWith(one)));
}

function told({ answers }: Outcome): string {
  return withoutRefusal(answers).join('');
}

/** Who closes on what it cannot read says so only if it owes no other answer at that moment. */
function withoutRefusal(answers: readonly string[]): readonly string[] {
  return /^[^]*\nHTTP\/1\.1 4(?:00|31) /.test(`\n${answers.at(-1) ?? ''}`) ? answers.slice(0, -1) : answers;
}

/** What was told is said from where they differ on. */
function describe({ handled, answers, isCut, isStuck }: Outcome, other: Outcome): string {
  let same = 0;
  while (same < answers.length && answers[same] === other.answers[same]) same++;
  const after = answers.slice(same).map((answer) => `\n    ${brief(answer)}`);
  return `${isStuck ? 'stuck; ' : ''}${isCut ? 'cut; ' : ''}handled ${brief(handled.join(', '))}, answered ${same} alike, then${after.join('') || ' nothing'}`;
}

const LONGEST_SAID = 1000;

/** A text with what repeats in it cut short. */
function brief(text: string): string {
  const short = JSON.stringify(text).replaceAll(
    /([ab])\1{20,}/g,
    (run, letter: string) => `<${run.length} ${letter}>`,
  );
  return short.length > LONGEST_SAID ? `${short.slice(0, LONGEST_SAID)} ... <${short.length} in all>` : short;
}
