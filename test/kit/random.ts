import { seededRandom as numbersFrom } from '../../src/example/data';

/** A seeded source of choices: the same seed makes the same choices on every machine. */
export interface Random {
  /** a number from 0 to below 1 */
  next(): number;
  /** a whole number from 0 to below `limit` */
  below(limit: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

export function seededRandom(seed: number): Random {
  const next = numbersFrom(seed);
  const random: Random = {
    next,
    below: (limit) => Math.floor(next() * limit),
    chance: (probability) => next() < probability,
    pick: (items) => items[random.below(items.length)]!,
  };
  return random;
}
