import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfterEach } from '../../kit/cleanup';
import { startGateway } from '../../kit/gateway';
import { startOrigin } from '../../kit/origin';
import { shopTypes } from '../../kit/shop-schema';
import { untilWarmed } from '../../kit/warmed';

const cleanup = cleanupAfterEach();

it('P97 fills again under the new schema what was hot under the one before', async () => {
  const origin = cleanup.add(await startOrigin());
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, WARM: '1' }));
  const kettle = '{ product(id: "1") { name } }';
  for (let each = 0; each < 6; each++) await gateway.query(kettle);
  const shorter = shopTypes.replaceAll('maxAge: 60', 'maxAge: 50');
  await writeFile(join(gateway.folder, 'schema.graphql'), shorter);
  await untilWarmed(gateway, { stored: 1 });
  const calls = origin.count('product');
  expect((await gateway.query(kettle)).cacheStatus).toMatch(/^hit; ttl=(?:50|49)$/);
  expect(origin.count('product')).toBe(calls);
});
