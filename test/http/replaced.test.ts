import { cleanupAfterEach } from '../kit/cleanup';
import { ReplacedGateways } from './replaced-gateways';

const cleanup = cleanupAfterEach();

it('P44 loses no request when gateways are replaced behind nginx', async () => {
  const replaced = await ReplacedGateways.start(cleanup, { delayMs: 6000, isWatched: true, clients: 8 });
  await replaced.go(200);
  for (const _ of ['one', 'the other']) await replaced.replace();
  await replaced.go(200);
  await replaced.end();
  expect([...replaced.ends.keys()]).toEqual(['200']);
});
