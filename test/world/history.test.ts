import { createExampleData } from '../../src/example/data';
import { asksForData } from './ground/answered';
import { WarmingRate } from './ground/warming-rate';
import { between, parseFigures } from './ground/warmth';
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

describe('what gateways say of the primary region’s cache', () => {
  const figures = (count: number, seconds: number): string =>
    `lastmile_primary_seconds_bucket{le="+Inf",outcome="given",region="syd"} ${count}\n` +
    `lastmile_primary_seconds_sum{outcome="given",region="syd"} ${seconds}\n` +
    `lastmile_primary_seconds_count{outcome="given",region="syd"} ${count}\n`;
  const syd = (count: number, seconds: number) => [
    { region: 'syd', ...parseFigures(figures(count, seconds)) },
  ];

  it('is counted from one look to the next', () => {
    const [seen] = between(syd(3, 0.75), syd(7, 1.75));
    expect(seen!.primary).toEqual({ given: { count: 4, seconds: 1 } });
    expect(between(syd(3, 0.75), syd(2, 0.5))[0]!.primary).toEqual({ given: { count: 2, seconds: 0.5 } });
  });
});

describe('how fast regions fill what nobody waits for', () => {
  it('is the most from one look to the next, of all of them, also where a gateway begins at nothing', () => {
    const rate = new WarmingRate([]);
    const look = (at: number, ...stored: number[]): void =>
      rate.note(
        stored.map((count, index) => ({
          region: `r${index}`,
          upstreamCalls: 3 * count,
          warmed: { stored: count, relayed: 1, used: 9 },
          primary: {},
        })),
        at,
      );
    look(0, 100, 100);
    look(1000, 110, 105);
    expect(rate.greatest).toEqual({ filled: 15, calls: 45 });
    look(3000, 4, 109);
    expect(rate.greatest).toEqual({ filled: 15, calls: 45 });
    look(3500, 20, 109);
    expect(rate.greatest).toEqual({ filled: 32, calls: 96 });
  });
});
