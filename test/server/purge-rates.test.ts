import { PurgeRates } from '../../src/server/purge-rates';
import { takeDownLog } from '../kit/log';

it('names a mutation that purges more than 50 times a second over ten, once a minute', () => {
  const { log, lines } = takeDownLog();
  let now = 0;
  const rates = new PurgeRates(log, () => now);
  const purge = (field: string, times: number, everyMs: number): void => {
    for (let done = 0; done < times; done++, now += everyMs) rates.note(field, 3);
  };
  purge('view', 499, 20);
  purge('save', 2000, 100);
  expect(lines).toEqual([]);
  purge('view', 600, 10);
  expect(lines).toEqual([
    expect.objectContaining({ level: 40, field: 'Mutation.view', purges: 500, tags: 3 }),
  ]);
  purge('view', 4000, 10);
  expect(lines.length).toBe(1);
  now += 60_000;
  purge('view', 600, 10);
  expect(lines.length).toBe(2);
});
