/**
 * What it costs a gateway that somebody looks, in processor time, at 1,000 requests a second of twenty operations, nearly all
 * hits, and a mutation a second. Rounds without and with two streams take turns; a page reads one of them, `lastmile tail` the
 * other. The aim is less than 2 % of a processor.
 *
 *   npx jest --testMatch "$PWD/test/dashboard/looking.measure.ts"
 */
import { Agent, request as httpRequest } from 'node:http';
import { cleanupAfterAll } from '../kit/cleanup';
import { openEvents } from '../kit/events';
import { startServing } from '../kit/lastmile';
import { startOrigin } from '../kit/origin';
import { cpuSeconds } from '../kit/processor-time';
import { shopTypes } from '../kit/shop-schema';
import { spread } from '../kit/statistics';
import { pause } from '../kit/until';

const ROUNDS = Number(process.env['ROUNDS'] ?? 5);
const ROUND_MS = 8000;
/** It goes on looking for ten seconds after the last stream. */
const LINGER_MS = 11_000;
const PER_SECOND = 1000;
const TICK_MS = 10;

const cleanup = cleanupAfterAll();

it('measures what it costs that somebody looks', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startServing({ UPSTREAM_URL: origin.url }, { schema: shopTypes }));
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  cleanup.later(() => agent.destroy());
  let answered = 0;
  const send = (query: string): void => {
    const body = JSON.stringify({ query });
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = httpRequest(gateway.url, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => answered++);
    });
    call.on('error', () => {}).end(body);
  };
  let sent = 0;
  const began = performance.now();
  const asking = setInterval(() => {
    const due = ((performance.now() - began) / 1000) * PER_SECOND;
    for (; sent < due; sent++) send(`query Operation${sent % 20} { product(id: "1") { name } }`);
  }, TICK_MS);
  const changing = setInterval(() => send('mutation { renameProduct(id: "2", name: "x") { id } }'), 1000);
  cleanup.later(() => [asking, changing].forEach(clearInterval));
  const round = async (): Promise<number> => {
    const [before, at] = [cpuSeconds(gateway.child.pid), performance.now()];
    await pause(ROUND_MS);
    return (100 * 1000 * (cpuSeconds(gateway.child.pid) - before)) / (performance.now() - at);
  };
  await pause(3000);
  const rows: [without: number, page: number, tail: number][] = [];
  for (let number = 0; number < ROUNDS; number++) {
    const without = await round();
    const page = await openEvents(gateway.adminUrl);
    await pause(1000);
    const withPage = await round();
    const tail = await openEvents(gateway.adminUrl, { search: '?show=operations' });
    await pause(1000);
    const withTail = await round();
    page.close();
    tail.close();
    rows.push([without, withPage, withTail]);
    console.log(
      `${answered} answered; % of a processor: ${rows
        .at(-1)!
        .map((value) => value.toFixed(2))
        .join(', ')}`,
    );
    await pause(LINGER_MS);
  }
  const show = (values: readonly number[]): string => JSON.stringify(spread(values));
  console.log(
    [
      `without  ${show(rows.map(([without]) => without))}`,
      `page beyond that  ${show(rows.map(([without, page]) => page - without))}`,
      `page and tail beyond that  ${show(rows.map(([without, , tail]) => tail - without))}`,
    ].join('\n'),
  );
}, 600_000);
