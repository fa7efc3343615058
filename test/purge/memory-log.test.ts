import { MemoryLog } from '../../src/purge/memory-log';
import { describeLog, follow, hard } from './log-contract';

describeLog('memory', () => Promise.resolve(new MemoryLog()));

describe('the purge log in memory', () => {
  it('has told its followers before an append resolves', async () => {
    const log = new MemoryLog(5);
    const witness = await follow(log);
    const appended = log.append(hard(1));
    expect(witness.records.at(-1)?.purges).toEqual(hard(1));
    expect(log.neverLags).toBe(true);
    await appended;
  });

  it('starts whoever follows later from the last position', async () => {
    const log = new MemoryLog(5);
    const position = await log.append(hard(1));
    const witness = await follow(log);
    expect(witness.records).toEqual([{ position, purges: [] }]);
  });
});
