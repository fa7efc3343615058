import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { Hold } from '../kit/hold';
import { takeDownLog } from '../kit/log';
import { startOrigin } from '../kit/origin';
import { until } from '../kit/until';
import { GET, startFront, WHOLE } from './bare-front';
import { connectTo, type RawSocket } from './raw';
import { answersIn } from './shortcut/answers-in';

const cleanup = cleanupAfterEach();

const SLOW = GET.replace('\r\n\r\n', '\r\nX-Slow: 1\r\n\r\n');

async function open(port: number): Promise<RawSocket> {
  return cleanup.add(await connectTo(port));
}

describe('P46 more requests than may be in flight', () => {
  it('P46 are refused with a time to wait, whichever way they came, until one of those has left', async () => {
    const hold = new Hold();
    cleanup.later(() => hold.release());
    let refused = 0;
    const { port } = await startFront(cleanup, {
      maxInFlight: 3,
      overloaded: () => refused++,
      async handle({ headers }) {
        if (headers['x-slow']) await hold.pass();
        return WHOLE;
      },
    });
    const known = await open(port);
    known.send(GET);
    await until('the first is answered', () => answersIn(known.text).length === 1);
    const slow = await Promise.all([open(port), open(port), open(port)]);
    for (const each of slow) each.send(SLOW);
    await until('all are under way', () => hold.count === 3);

    // Past node:http on the connection that has answered before, through it on the other.
    const unknown = await open(port);
    known.send(GET);
    unknown.send(GET);
    await until('both are answered', () => answersIn(known.text).length === 2 && answersIn(unknown.text)[0]);
    for (const { status, head, body } of [answersIn(known.text)[1]!, answersIn(unknown.text)[0]!]) {
      expect(status).toBe(503);
      expect(head).toMatch(/^Retry-After: 1$/im);
      expect(head).toMatch(/^Cache-Status: .*; fwd=bypass; detail=overloaded$/im);
      expect(head).toMatch(/^Cache-Control: no-store$/im);
      expect(JSON.parse(body)).toMatchObject({ errors: [{ extensions: { code: 'OVERLOADED' } }] });
    }
    expect(refused).toBe(2);

    hold.release();
    await until('they are answered', () => slow.every((each) => answersIn(each.text).length === 1));
    known.send(GET);
    await until('it is taken again', () => answersIn(known.text).length === 3);
    expect(answersIn(known.text)[2]!.body).toBe('whole');
    expect(refused).toBe(2);
  });

  it('P46 leave no place taken when they fail, or their client goes away', async () => {
    let calls = 0;
    const { port } = await startFront(cleanup, {
      maxInFlight: 1,
      handle(request) {
        calls++;
        if (calls === 1) return Promise.reject(new Error('on purpose'));
        if (calls === 2) throw new Error('on purpose');
        if (calls > 3) return WHOLE;
        return new Promise((resolve) => request.onAbort?.(() => resolve(WHOLE)));
      },
    });
    for (const expected of [500, 500]) {
      const client = await open(port);
      client.send(GET);
      expect((await client.answer()).status).toBe(expected);
    }
    const gone = await open(port);
    gone.send(GET);
    await until('it is under way', () => calls === 3);
    gone.close();
    await until('its place is free', async () => {
      const client = await open(port);
      client.send(GET);
      return (await client.answer()).status === 200;
    });
  });

  it('P46 are counted, and told of in one warning', async () => {
    const origin = cleanup.add(await startOrigin());
    const { log, lines } = takeDownLog();
    const gateway = cleanup.add(
      await startGateway({ UPSTREAM_URL: origin.url, MAX_IN_FLIGHT: '1' }, { log }),
    );
    const hold = origin.hold('products');
    cleanup.later(() => hold.release());
    const slow = gateway.query('{ products { name } }');
    await hold.arrived;
    for (let times = 0; times < 3; times++) {
      const { status, errors } = await gateway.query('{ products { id } }');
      expect([status, errors?.[0]?.extensions?.['code']]).toEqual([503, 'OVERLOADED']);
    }
    hold.release();
    expect((await slow).status).toBe(200);
    const told = lines.filter(({ variable }) => variable === 'MAX_IN_FLIGHT');
    expect(told).toEqual([expect.objectContaining({ level: 40, remedy: expect.any(String) as string })]);
    const metrics = await (await fetch(`${gateway.adminUrl}/metrics`)).text();
    expect(metrics).toMatch(/lastmile_requests_total\{.*detail="overloaded".*\} 3/);
  });
});
