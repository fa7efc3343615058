import { LastmileError } from '../../src/report/error';
import { Deadline } from '../../src/upstream/call';
import { PATIENCE, within } from '../kit/until';

describe('Deadline', () => {
  it('ends a pause at once when the call is given up', async () => {
    const deadline = new Deadline(60_000, undefined);
    const paused = deadline.pause(60_000);
    deadline.giveUp(new LastmileError('ABANDONED'));
    await within(PATIENCE, 'the pause has ended', paused);
    await within(PATIENCE, 'there is no further pause', deadline.pause(60_000));
    deadline.end();
  });

  it('keeps the first reason', () => {
    const deadline = new Deadline(60_000, undefined);
    deadline.giveUp(new LastmileError('ABANDONED'));
    deadline.giveUp(new LastmileError('UPSTREAM_TIMEOUT'));
    expect(deadline.reason).toMatchObject({ code: 'ABANDONED' });
    deadline.end();
  });

  it('leaves no listener on a signal that outlives it', () => {
    const controller = new AbortController();
    const deadline = new Deadline(60_000, controller.signal);
    deadline.end();
    controller.abort();
    expect(deadline.reason).toBeUndefined();
  });
});
