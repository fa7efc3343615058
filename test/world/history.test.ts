import { createExampleData } from '../../src/example/data';
import { asksForData } from './ground/answered';
import { WarmingRate } from './ground/warming-rate';
import { recordHistory } from './ground/history';

describe('the history of the origin', () => {
  it('tells of every change again until somebody asks for what comes after it, and then forgets it', () => {
    const data = createExampleData(1);
    const history = recordHistory(data);
    const rename = (title: string): void => void data.trips.change('trip-1', { title });
    const versions = (from: number): number[] => history.since(from).map(({ version }) => version);
    rename('one');
    rename('two');
    const [first] = versions(0);
    expect(versions(0)).toEqual([first, first! + 1]);
    rename('three');
    expect(versions(2)).toEqual([first! + 2]);
    // What was forgotten is not told again, whoever asks.
    expect(versions(0)).toEqual([first! + 2]);
  });
});

describe('what the origin counts of its answers', () => {
  it.each([
    ['{ me { id } }', true],
    ['query ($code: ID!) { country(code: $code) { name } }', true],
    ['mutation ($id: ID!) { likeReview(id: $id) { id } }', false],
    ['query IntrospectionQuery { __schema { queryType { name } } }', false],
  ])('is what clients are shown of: %s', (query, isCounted) => {
    expect(asksForData(JSON.stringify({ query }))).toBe(isCounted);
  });
});

describe('how fast regions fill what nobody waits for', () => {
  it('is the most from one look to the next, of all of them, also where a gateway begins at nothing', () => {
    const rate = new WarmingRate([]);
    const look = (at: number, ...stored: number[]): void =>
      rate.note(
        stored.map((count, index) => ({
          region: `r${index}`,
          upstreamCalls: 0,
          warmed: { stored: count, relayed: 1, used: 9 },
        })),
        at,
      );
    look(0, 100, 100);
    look(1000, 110, 105);
    expect(rate.greatest).toBe(15);
    look(3000, 4, 109);
    expect(rate.greatest).toBe(15);
    look(3500, 20, 109);
    expect(rate.greatest).toBe(32);
  });
});
