/** Each question about a request is asked once, on a hit and on a miss. */
import * as rules from '../../src/gateway/rules';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';

const counts = new Map<string, number>();
const counted =
  <Arguments extends unknown[], Result>(name: string, act: (...all: Arguments) => Result) =>
  (...all: Arguments): Result => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return act(...all);
  };

jest.mock('../../src/gateway/rules', () => {
  const actual = jest.requireActual<typeof rules>('../../src/gateway/rules');
  return { ...actual, decide: (...all: Parameters<typeof rules.decide>) => decideCounted(actual, all) };
});
function decideCounted(actual: typeof rules, all: Parameters<typeof rules.decide>) {
  return counted('decide', actual.decide)(...all);
}
jest.mock('../../src/gateway/media-type', () => {
  const actual = jest.requireActual<typeof import('../../src/gateway/media-type')>(
    '../../src/gateway/media-type',
  );
  return {
    ...actual,
    accepted: (header: string | undefined) => counted('accepted', actual.accepted)(header),
  };
});
jest.mock('../../src/gateway/token', () => {
  const actual = jest.requireActual<typeof import('../../src/gateway/token')>('../../src/gateway/token');
  return { ...actual, parseToken: (text: string) => counted('token', actual.parseToken)(text) };
});
jest.mock('../../src/operation/bound-operation', () => {
  const actual = jest.requireActual<typeof import('../../src/operation/bound-operation')>(
    '../../src/operation/bound-operation',
  );
  return {
    ...actual,
    cacheKeyOf: (...all: Parameters<typeof actual.cacheKeyOf>) => counted('key', actual.cacheKeyOf)(...all),
  };
});

const cleanup = cleanupAfterEach();

it.each([
  ['a miss whose text is known', 'fwd=uri-miss; stored', { 'x-lang': 'pt' }],
  ['a hit', 'hit', { 'x-lang': 'en' }],
])('%s asks each question once', async (_, status, headers) => {
  const gateway = cleanup.add(await startGateway({ VARY: 'x-lang' }));
  const ask = (more: Record<string, string>) =>
    gateway.query('{ country(code: "PT") { name } }', {
      headers: { accept: 'application/json', 'lastmile-token': '1-1', ...more },
    });
  await ask({ 'x-lang': 'en' });
  counts.clear();
  const { cacheStatus } = await ask(headers);
  expect(cacheStatus).toContain(status);
  expect(Object.fromEntries(counts)).toEqual({ accepted: 1, decide: 1, key: 1, token: 1 });
});
