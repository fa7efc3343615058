import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanupAfterEach } from '../kit/cleanup';
import { startSaying } from '../kit/local-server';

const cleanup = cleanupAfterEach();

/** Asks, as a gateway does, for what is at some addresses. */
const ASK = `
  const { request } = require('undici');
  const texts = process.argv.slice(1).map((url) => request(url).then(({ body }) => body.text()));
  Promise.all(texts).then((all) => (console.log(all.join()), process.exit()));`;

it('leads the name of upstream to the link of a region, and all else where it leads', async () => {
  const link = cleanup.add(await startSaying('by the link'));
  const other = cleanup.add(await startSaying('elsewhere'));
  const upstream = 'http://origin.test/graphql';
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--require', join(__dirname, 'upstream-nearby.cjs'), '-e', ASK, upstream, other.url],
    {
      cwd: __dirname,
      env: { PATH: process.env['PATH'], UPSTREAM_URL: upstream, UPSTREAM_LINK: `${link.port}` },
    },
  );
  expect(stdout.trim()).toBe('by the link,elsewhere');
});
