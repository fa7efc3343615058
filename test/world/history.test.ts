import { createExampleData } from '../../src/example/data';
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
