import * as fc from 'fast-check';
import {
  type Claim,
  choosePrimary,
  type Choice,
  type CandidateClaim,
  type ElectionView,
} from '../../../src/redis/supervisor/primary-election';
const others = (claims: Record<string, Claim>): CandidateClaim[] =>
  Object.entries(claims).map(([id, claim]) => ({ id, claim }));

const view = (parts: Partial<ElectionView<CandidateClaim>>): ElectionView<CandidateClaim> => ({
  others: [],
  ownId: 'm',
  leads: false,
  quietLooks: 0,
  ...parts,
});

const follow = (id: string) => ({ kind: 'follow', whom: { id, claim: 'primary' } });
const lead = { kind: 'lead', contested: false };
const wait = (why: string) => ({ kind: 'wait', why });

describe('the choice of a primary', () => {
  const CASES: [name: string, parts: Partial<ElectionView<CandidateClaim>>, choice: object][] = [
    [
      'follows whoever claims, also one with a higher id',
      { others: others({ z: 'primary' }), quietLooks: 99 },
      follow('z'),
    ],
    ['follows the lower of two claimants', { others: others({ z: 'primary', b: 'primary' }) }, follow('b')],
    ['stays primary when a lower machine appears', { others: others({ a: 'none' }), leads: true }, lead],
    ['stays primary while others are silent', { others: others({ a: 'silent' }), leads: true }, lead],
    ['stays primary although it is not listed', { ownId: undefined, leads: true }, lead],
    ['steps down for a lower claimant', { others: others({ a: 'primary' }), leads: true }, follow('a')],
    [
      'steps down for any claimant when it is not listed',
      { others: others({ z: 'primary' }), ownId: undefined, leads: true },
      follow('z'),
    ],
    [
      'stays, contested, before a higher claimant',
      { others: others({ z: 'primary' }), leads: true },
      { kind: 'lead', contested: true },
    ],
    ['waits at first', { quietLooks: 2 }, wait('settling')],
    ['claims after three quiet looks', { others: others({ z: 'none' }), quietLooks: 3 }, lead],
    ['lets a lower one go first', { others: others({ a: 'none' }), quietLooks: 12 }, wait('settling')],
    ['passes over one that does not claim', { others: others({ a: 'none' }), quietLooks: 13 }, lead],
    [
      'waits while anybody is silent',
      { others: others({ z: 'silent' }), quietLooks: 99 },
      wait('somebody-is-silent'),
    ],
    [
      'waits where it may not lead',
      { others: others({ a: 'none' }), ownId: undefined, quietLooks: 99 },
      wait('nobody-leads'),
    ],
  ];

  it.each(CASES)('%s', (_, parts, choice) => {
    expect(choosePrimary(view(parts))).toEqual(choice);
  });

  /** Machines that look in turn, each at what is so at that moment; some are not listed from the beginning. */
  interface Machine {
    readonly id: string;
    /** look number from which the others find it */
    readonly listedFrom: number;
    leads: boolean;
    quietLooks: number;
    ids: string;
  }

  it('ends with one primary that all follow, whatever the order of looks and however late machines are seen', () => {
    const machine = fc.record({ id: fc.stringMatching(/^[a-z]{1,3}$/), listedFrom: fc.nat(20) });
    const machines = fc.uniqueArray(machine, { selector: ({ id }) => id, minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(machines, fc.array(fc.nat(), { minLength: 400, maxLength: 400 }), (plan, order) => {
        const all: Machine[] = plan.map((each) => ({ ...each, leads: false, quietLooks: 0, ids: '' }));
        let look = 0;
        const listed = (each: Machine): boolean => look >= each.listedFrom * all.length;
        const lookAs = (self: Machine): Choice<CandidateClaim> => {
          const seen = all.filter((each) => each !== self && listed(each));
          const sightings = seen.map(({ id, leads }): CandidateClaim => ({
            id,
            claim: leads ? 'primary' : 'none',
          }));
          const ids = seen.map(({ id }) => id).join(' ');
          const isQuiet = sightings.every(({ claim }) => claim === 'none') && ids === self.ids;
          self.quietLooks = isQuiet ? self.quietLooks + 1 : 0;
          self.ids = ids;
          const ownId = listed(self) ? self.id : undefined;
          const choice = choosePrimary({
            others: sightings,
            ownId,
            leads: self.leads,
            quietLooks: self.quietLooks,
          });
          self.leads = choice.kind === 'lead';
          return choice;
        };
        for (const pick of order) {
          look++;
          lookAs(all[pick % all.length] as Machine);
        }
        // Then each looks some times more, so that nobody was left out by the order.
        for (let round = 0; round < 60; round++) for (const each of all) lookAs(each);
        const primaries = all.filter(({ leads }) => leads);
        expect(primaries).toHaveLength(1);
        for (const each of all) {
          const choice = lookAs(each);
          if (choice.kind === 'follow') expect(choice.whom.id).toBe(primaries[0]!.id);
          else expect(choice).toEqual(lead);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('never lets a second machine claim while the first is seen by it', () => {
    const claims = fc.dictionary(
      fc.stringMatching(/^[a-z]$/),
      fc.constantFrom<Claim>('primary', 'none', 'silent'),
    );
    fc.assert(
      fc.property(claims, fc.nat(100), (seen, quietLooks) => {
        delete seen['m'];
        const choice = choosePrimary(view({ others: others(seen), quietLooks }));
        if (Object.values(seen).some((claim) => claim !== 'none')) expect(choice.kind).not.toBe('lead');
      }),
    );
  });
});
