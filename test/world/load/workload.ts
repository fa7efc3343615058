import { createExampleData, type ExampleData, pick, seededRandom } from '../../../src/example/data';
import { COUNTRIES } from '../../../src/example/world';
import { Zipf } from '../../kit/zipf';
import { createReview, createTrip, like, renameTraveller, renameTrip, sendPostcard, visit } from './changes';
import type { Mutation, Operation } from './operation';
import { pagesOf } from './pages';
import { addressOf, catalogueOf, MINE } from './questions';

/**
 * How fast popularity falls with the rank: Zipf's exponent. With it a tenth of a few thousand questions are 87 % of what is
 * asked. An assumption, not a measurement: caches of large sites see 1 and more (Yang and others, OSDI 2020).
 */
const ZIPF = 1.2;

/** Of what is private: who asks for the profile alone. */
const PROFILE = 0.7;

/** Of the pages of signed-in clients: those of countries. The others, of trips, hold a field that is never cached. */
const COUNTRY_PAGES = 0.7;

/** All that is asked and changed, for one seed. */
export class Workload {
  readonly data: ExampleData;
  /** the popular ones first */
  readonly reads: readonly Operation[];
  /** what signed-in clients open, the popular ones of each kind first */
  readonly pages: readonly Operation[];
  readonly #reads: Popularity<Operation>;
  readonly #countryPages: Popularity<Operation>;
  readonly #tripPages: Popularity<Operation>;
  readonly #reviews: Popularity<string>;
  readonly #trips: Popularity<string>;
  readonly #countries = new Popularity([...COUNTRIES.keys()]);
  readonly #travellers: readonly string[];

  constructor(seed: number) {
    this.data = createExampleData(seed);
    const random = seededRandom(seed);
    const reads = shuffled(catalogueOf(this.data), random);
    this.reads = reads;
    const pages = pagesOf(this.data);
    const [countryPages, tripPages] = [shuffled(pages.countries, random), shuffled(pages.trips, random)];
    this.pages = [...countryPages, ...tripPages];
    this.#countryPages = new Popularity(countryPages);
    this.#tripPages = new Popularity(tripPages);
    this.#reads = new Popularity(reads);
    this.#reviews = new Popularity(idsOf(this.data.reviews));
    this.#trips = new Popularity(idsOf(this.data.trips));
    this.#travellers = idsOf(this.data.travellers);
  }

  /** One operation, the popular ones more often. */
  read(random: () => number): Operation {
    return this.#reads.pick(random);
  }

  /** What a signed-in traveller asks. */
  mine(random: () => number): Operation {
    return MINE[random() < PROFILE ? 0 : 1];
  }

  /** What a signed-in traveller opens: see `pages.ts`. */
  page(random: () => number): Operation {
    return (random() < COUNTRY_PAGES ? this.#countryPages : this.#tripPages).pick(random);
  }

  /** What is nobody's business. */
  nosy(random: () => number): Operation {
    return addressOf(pick(random, this.#travellers));
  }

  /**
   * Mostly small changes, as on most sites: likes and counts; a third that no answer shows, as messages are; now and
   * then a review, a trip, a name. What is talked about is liked and visited as unevenly as things are read, but which things
   * these are has nothing to do with it.
   */
  mutate(random: () => number): Mutation {
    const country = this.#countries.pick(random);
    const traveller = pick(random, this.#travellers);
    const percent = random() * 100;
    if (percent < 36) return like(this.#reviews.pick(random));
    if (percent < 53) return visit(country);
    if (percent < 83) return sendPostcard(this.#trips.pick(random));
    if (percent < 89) return createReview(traveller, country);
    if (percent < 94) return createTrip(traveller, country);
    if (percent < 98) return renameTrip(this.#trips.pick(random), random);
    return renameTraveller(traveller, random);
  }
}

function shuffled<Thing>(things: readonly Thing[], random: () => number): Thing[] {
  const all = [...things];
  for (let last = all.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [all[last], all[other]] = [all[other]!, all[last]!];
  }
  return all;
}

function idsOf(records: { all(): readonly { id: string }[] }): string[] {
  return records.all().map(({ id }) => id);
}

/** Things of which the first are wanted far more often. */
class Popularity<Thing> {
  readonly #things: readonly Thing[];
  readonly #ranks: Zipf;

  /** @param things not empty, the most popular first */
  constructor(things: readonly Thing[]) {
    this.#things = things;
    this.#ranks = new Zipf(things.length, ZIPF);
  }

  pick(random: () => number): Thing {
    return this.#things[this.#ranks.draw(random)]!;
  }
}
