/**
 * Plays what `oracle.test.ts` asserts, in a process of its own: jest's modules run several times slower than plain ones.
 * It prints a line of JSON for each play.
 */
import { BROKEN } from './broken';
import { play, type Played } from './play';

/** What came of one play. */
export interface PlayedLine extends Played {
  /** the rule that was left out */
  readonly without?: string;
}

/** Operations that the plans and the merge are played with as they are. */
export const OPERATIONS = 20_000;

async function playAll(): Promise<void> {
  tell(await play({ operations: OPERATIONS, seed: 1, every: { still: 1, changing: 4, late: 10 } }));
  for (const [without, half, broken] of BROKEN) {
    // A merge that breaks down is noticed as well.
    const played = await play({ operations: 20_000, seed: 2, every: { [half]: 1 }, ...broken }).catch(
      (error: unknown): Played => ({ counts: {}, difference: String(error) }),
    );
    tell({ ...played, without });
  }
}

function tell(line: PlayedLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

if (require.main === module) void playAll();
