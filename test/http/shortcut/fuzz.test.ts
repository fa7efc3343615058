/**
 * FUZZ_SEED=7 npx jest test/http/shortcut/fuzz.test.ts plays other streams than always; `fuzz.measure.ts` plays many more.
 */
import { shortcutOf } from '../../../src/http/shortcut/shortcut';
import { cleanupAfterEach } from '../../kit/cleanup';
import { BehindNginx } from './fuzz/behind-nginx';
import { findDifference, findMixUp } from './fuzz/compare';
import { Echo } from './fuzz/echo';
import { MISLEADING, MISLED } from './fuzz/stream';

const cleanup = cleanupAfterEach();

const options = { count: 500, seed: Number(process.env['FUZZ_SEED'] ?? 1) };

/** It loses count of a body, as one does that joins the pieces of a head with a gap between them. */
function breakReader({ front: { server } }: Echo): void {
  const { reader } = shortcutOf(server)!;
  const read = reader.read.bind(reader);
  reader.read = (text) => {
    const message = read(text);
    const isLong = typeof message === 'object' && message.end - message.bodyStart >= MISLEADING.length;
    return isLong ? { ...message, end: message.end - MISLEADING.length } : message;
  };
}

describe('any stream of requests, in any pieces', () => {
  it('P65 is read as node:http reads it', async () => {
    const subject = await Echo.start(cleanup, true);
    const reference = await Echo.start(cleanup, false);
    expect(await findDifference({ subject, reference }, options)).toBeUndefined();
    expect(subject.short).toBeGreaterThan(options.count / 4);
    expect(reference.short).toBe(0);
  });

  it('P65 gives every client behind nginx its own answer', async () => {
    const subject = await Echo.start(cleanup, true);
    const behind = await BehindNginx.start(cleanup, subject);
    expect(await findMixUp(behind, options)).toBeUndefined();
    expect(subject.short).toBeGreaterThan(options.count / 4);
  });
});

describe('a reader that takes part of a body for a request', () => {
  const shown = new RegExp(`of seed ${options.seed} .*\\n.*handled .* ${MISLED} `, 's');

  it('is found, with the smallest stream that shows it', async () => {
    const subject = await Echo.start(cleanup, true);
    const reference = await Echo.start(cleanup, false);
    breakReader(subject);
    expect(await findDifference({ subject, reference }, options)).toMatch(shown);
  });

  it('is found behind nginx', async () => {
    const subject = await Echo.start(cleanup, true);
    breakReader(subject);
    const behind = await BehindNginx.start(cleanup, subject);
    expect(await findMixUp(behind, options)).toMatch(shown);
  });
});
