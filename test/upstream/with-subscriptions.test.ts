import { parse } from 'graphql';
import { LastmileError, type ErrorCode } from '../../src/report/error';
import { faultAnswer } from '../../src/upstream/fault';
import { createHttpUpstream } from '../../src/upstream/http-upstream';
import { createSocketUpstream } from '../../src/upstream/socket-upstream';
import {
  isInPieces,
  type Upstream,
  type UpstreamAnswer,
  type UpstreamRequest,
} from '../../src/upstream/upstream';
import { withSubscriptions } from '../../src/upstream/with-subscriptions';
import { cleanupAfterEach } from '../kit/cleanup';
import { startTicker } from '../kit/ticker';
import { until } from '../kit/until';

const cleanup = cleanupAfterEach();

const request = (text: string): UpstreamRequest => ({
  document: parse(text),
  operation: text.split(' ')[0] as UpstreamRequest['operation'],
  operationName: undefined,
  variables: {},
  headers: {},
});
const SUBSCRIBE = request('subscription { ticks { n } }');

interface Way extends Upstream {
  count: number;
  answer: UpstreamAnswer;
}

function way(answer: UpstreamAnswer): Way {
  const made: Way = {
    count: 0,
    answer,
    execute() {
      made.count++;
      return Promise.resolve(made.answer);
    },
    close: () => Promise.resolve(),
  };
  return made;
}

const fault = (code: ErrorCode): UpstreamAnswer => faultAnswer(new LastmileError(code));
const EVENTS: UpstreamAnswer = { result: (async function* () {})(), headers: {}, answered: true };
const REFUSED: UpstreamAnswer = { result: { errors: [] }, headers: {}, answered: true, status: 400 };

describe('subscriptions go', () => {
  it('as queries do, where those bring events, and by no other way then', async () => {
    const [http, sockets] = [way(EVENTS), way(EVENTS)];
    const upstream = withSubscriptions({ http, sockets, isKnown: false, now: () => 0 });
    await upstream.execute(SUBSCRIBE);
    http.answer = REFUSED;
    await upstream.execute(SUBSCRIBE);
    expect([http.count, sockets.count]).toEqual([2, 0]);
  });

  it('by WebSocket, where HTTP brings none, and at once from then on', async () => {
    const [http, sockets] = [way(REFUSED), way(EVENTS)];
    const upstream = withSubscriptions({ http, sockets, isKnown: false, now: () => 0 });
    for (let times = 0; times < 3; times++) expect(isInPieces(await upstream.execute(SUBSCRIBE))).toBe(true);
    expect([http.count, sockets.count]).toEqual([1, 3]);
    sockets.answer = fault('UPSTREAM_UNREACHABLE');
    http.answer = EVENTS;
    expect(isInPieces(await upstream.execute(SUBSCRIBE))).toBe(true);
    expect([http.count, sockets.count]).toEqual([2, 4]);
  });

  it('by WebSocket alone, where that is configured', async () => {
    const [http, sockets] = [way(EVENTS), way(fault('UPSTREAM_UNREACHABLE'))];
    const upstream = withSubscriptions({ http, sockets, isKnown: true, now: () => 0 });
    expect(isInPieces(await upstream.execute(SUBSCRIBE))).toBe(false);
    await upstream.execute(request('query { now }'));
    expect([http.count, sockets.count]).toEqual([1, 1]);
  });

  it('by no WebSocket for a minute after one was refused', async () => {
    let now = 0;
    const [http, sockets] = [way(REFUSED), way(fault('UPSTREAM_BAD_ANSWER'))];
    const upstream = withSubscriptions({ http, sockets, isKnown: false, now: () => now });
    for (now of [0, 1, 59_999]) expect(await upstream.execute(SUBSCRIBE)).toBe(REFUSED);
    expect(sockets.count).toBe(1);
    now = 60_000;
    await upstream.execute(SUBSCRIBE);
    expect(sockets.count).toBe(2);
  });

  it.each([
    ['cannot be reached', fault('UPSTREAM_UNREACHABLE')],
    ['does not answer in time', fault('UPSTREAM_TIMEOUT')],
    ['wants credentials', { ...REFUSED, status: 401 }],
    ['takes no more for now', { ...REFUSED, status: 429 }],
  ])('by no WebSocket to an API that %s', async (_, answer) => {
    const [http, sockets] = [way(answer), way(EVENTS)];
    const upstream = withSubscriptions({ http, sockets, isKnown: false, now: () => 0 });
    expect(await upstream.execute(SUBSCRIBE)).toBe(answer);
    expect(sockets.count).toBe(0);
  });

  it('the way that a real server speaks', async () => {
    for (const ways of ['sse', 'sockets', 'both'] as const) {
      const ticker = cleanup.add(await startTicker(ways));
      const options = { url: ticker.url, timeoutMs: 5000 };
      const upstream = cleanup.add(
        withSubscriptions({
          http: createHttpUpstream({ ...options, retries: 0 }),
          sockets: createSocketUpstream(options),
          isKnown: false,
          now: () => 0,
        }),
      );
      expect(isInPieces(await upstream.execute(SUBSCRIBE))).toBe(true);
      await until('it is subscribed', () => ticker.open === 1);
      expect(ticker.presented[0]?.params === undefined).toBe(ways !== 'sockets');
    }
  });
});
