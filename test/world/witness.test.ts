import { createExampleData } from '../../src/example/data';
import { formatPosition, positionAt } from '../../src/purge/position';
import { like, visit } from './load/changes';
import { countryPage, tripPage } from './load/pages';
import { MINE, nodeBy, visitsTo } from './load/questions';
import type { Reply } from './load/target';
import { Witness, type Asker } from './load/witness';

const BOUND = 1000;
const NOBODY: Asker = { region: 'syd', own: [], token: undefined };
const token = (seq: number): string => formatPosition(positionAt(7, seq));

function answer(data: object, began: number, more: Partial<Reply> = {}): Reply {
  const text = JSON.stringify({ data });
  return { status: 200, cacheStatus: '', token: undefined, text, began, ended: began + 1, ...more };
}

const review = (version: number): object => ({ node: { id: 'review-1', version, likes: 3, text: '' } });

/** A witness to whom a like of review-1 was acknowledged at 5001, with the token 4. */
function afterLike(): Witness {
  const witness = new Witness(BOUND, createExampleData(1), 0);
  const liked = answer({ likeReview: { id: 'review-1', version: 2, likes: 3 } }, 5000, { token: token(4) });
  witness.mutation(like('review-1'), liked, NOBODY);
  return witness;
}

/** Each a lie that a gateway could tell, and the least that the truth would be. */
describe('the witness', () => {
  it('finds an answer older than the bound, in any region, and none that is younger', () => {
    const witness = afterLike();
    expect(witness.query(nodeBy('review-1'), answer(review(1), 6000), NOBODY)).toBe(999);
    expect(witness.findings).toEqual([]);
    witness.query(nodeBy('review-1'), answer(review(1), 6002), NOBODY);
    expect(witness.findings).toMatchObject([{ promise: 'bound', region: 'syd', shown: 1, wanted: 2 }]);
  });

  it('finds that whoever wrote does not see it', () => {
    const witness = afterLike();
    witness.query(nodeBy('review-1'), answer(review(1), 5001), { ...NOBODY, token: token(4) });
    expect(witness.findings).toMatchObject([{ promise: 'token', shown: 1, wanted: 2, token: token(4) }]);
  });

  it('finds that somebody goes back in time, whose token is not of a write of theirs', () => {
    const witness = afterLike();
    const visited = answer({ recordVisit: null }, 5002, { token: token(9) });
    witness.mutation(visit('PT'), visited, NOBODY);
    witness.query(nodeBy('review-1'), answer(review(1), 5003), { ...NOBODY, token: token(6) });
    witness.query(visitsTo('PT'), answer({ visits: 0 }, 5003), { ...NOBODY, token: token(8) });
    witness.query(visitsTo('PT'), answer({ visits: 0 }, 5003), { ...NOBODY, token: token(9) });
    expect(witness.brokenBy).toMatchObject({ token: 2, bound: 0 });
  });

  it("finds another user's address, whoever asks and wherever it stands", () => {
    const witness = afterLike();
    const stranger = answer(
      { me: { id: 'traveller-2', version: 1, name: 'x', email: 'bittern@travellers.example' } },
      5000,
    );
    witness.query(MINE[0], stranger, { ...NOBODY, own: ['avocet@travellers.example'] });
    witness.query(MINE[0], stranger, NOBODY);
    witness.query(MINE[0], stranger, { ...NOBODY, own: ['bittern@travellers.example'] });
    expect(witness.brokenBy).toEqual({ bound: 0, token: 0, private: 2, history: 0, parts: 0 });
  });

  it('finds the old part of a page whose others are new', () => {
    const witness = afterLike();
    const page = (version: number): object => ({
      me: { id: 'traveller-1', version: 1, name: 'x', email: 'avocet@travellers.example' },
      country: { code: 'PT' },
      visits: 0,
      trips: [],
      reviews: { totalCount: 9, edges: [{ node: { id: 'review-1', version, likes: 3 } }] },
    });
    const asker = { ...NOBODY, own: ['avocet@travellers.example'] };
    witness.query(countryPage('PT'), answer(page(2), 6002), asker);
    expect(witness.findings).toEqual([]);
    witness.query(countryPage('PT'), answer(page(1), 6002), asker);
    expect(witness.findings).toMatchObject([{ promise: 'bound', subject: 'review-1', shown: 1, wanted: 2 }]);
  });

  it("finds another's passport in the one part of a page that holds it", () => {
    const witness = afterLike();
    const page = answer(
      {
        me: { id: 'traveller-1', version: 1, email: 'avocet@travellers.example', passport: 'PT0123456' },
        trip: { id: 'trip-1', version: 1, title: 'Across' },
      },
      5000,
    );
    const own = 'avocet@travellers.example';
    witness.query(tripPage('trip-1'), page, { ...NOBODY, own: [own, 'GR7654321'] });
    expect(witness.findings).toMatchObject([{ promise: 'private', shown: 'PT0123456' }]);
    witness.query(tripPage('trip-1'), page, { ...NOBODY, own: [own, 'PT0123456'] });
    expect(witness.brokenBy.private).toBe(1);
  });

  it('finds two versions of one object in an answer that was put together, and lets pass what upstream gave', () => {
    const witness = afterLike();
    const page = {
      me: { id: 'traveller-1', version: 1, name: 'x', email: 'avocet@travellers.example' },
      trip: { id: 'trip-1', version: 1, traveller: { id: 'traveller-1', version: 2, name: 'y' } },
    };
    const asker = { ...NOBODY, own: ['avocet@travellers.example'] };
    const ask = (cacheStatus: string): unknown =>
      witness.query(tripPage('trip-1'), answer(page, 5000, { cacheStatus }), asker);
    ask('lastmile; fwd=bypass; detail=parts');
    expect(witness.findings).toEqual([]);
    ask('lastmile; fwd=partial; detail=no-policy');
    ask('lastmile; hit; ttl=3');
    expect(witness.brokenBy.parts).toBe(2);
    expect(witness.findings[0]).toMatchObject({ promise: 'parts', subject: 'traveller-1' });
  });

  it('finds what never was true, and what was shown before it was', () => {
    const witness = afterLike();
    witness.query(nodeBy('review-1'), answer(review(3), 5100), NOBODY);
    witness.query(nodeBy('review-1'), answer(review(4), 5100), NOBODY);
    witness.audit(witness.takeShown(), [
      { subject: 'review-1', version: 2, at: 4990 },
      { subject: 'review-1', version: 3, at: 5200 },
    ]);
    expect(witness.findings.map(({ promise, shown }) => [promise, shown])).toEqual([
      ['history', 3],
      ['history', 4],
    ]);
  });

  it('takes what was confirmed once for true ever after, and looks at nothing twice', () => {
    const witness = afterLike();
    witness.audit(witness.takeShown(), [{ subject: 'review-1', version: 2, at: 4990 }]);
    witness.query(nodeBy('review-1'), answer(review(2), 9000), NOBODY);
    expect(witness.takeShown().size).toBe(0);
    expect(witness.findings).toEqual([]);
  });
});
