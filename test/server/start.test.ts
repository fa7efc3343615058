import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { cleanupAfterEach } from '../kit/cleanup';
import { runProcess } from '../kit/lastmile';
import { startRedis } from '../kit/redis-server';

const cleanup = cleanupAfterEach();

/** A port at which something listens. */
async function taken(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanup.later(() => server.close());
  return String((server.address() as AddressInfo).port);
}

describe('a start that cannot be', () => {
  it.each(['PORT', 'ADMIN_PORT'])(
    'ends at a port that is taken, and names %s, the address and what to do',
    async (variable) => {
      const port = await taken();
      const env = { HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0', [variable]: port };
      const { status, errors } = await runProcess(['serve'], env);
      expect(status).toBe(2);
      expect(errors).toContain(
        `  ${variable}
    It cannot listen at port ${port} of 127.0.0.1: something else listens there.`,
      );
      expect(errors).toContain(`set ${variable} to another port`);
    },
  );

  it.each([[{}], [{ WORKERS: '2' }]])('names both ports where both are taken: %j', async (more) => {
    const [port, adminPort] = [await taken(), await taken()];
    const redis = cleanup.add(await startRedis());
    const env = { HOST: '127.0.0.1', PORT: port, ADMIN_PORT: adminPort, REDIS_URL: redis.url, ...more };
    const { status, errors } = await runProcess(['serve'], env);
    expect(status).toBe(2);
    expect(errors).toMatch(
      new RegExp(`^ {2}PORT\\n.* port ${port} [\\s\\S]*^ {2}ADMIN_PORT\\n.* port ${adminPort} `, 'm'),
    );
  });

  it('ends in production where nobody said what stands behind the gateway', async () => {
    const { status, errors } = await runProcess(['serve'], {
      NODE_ENV: 'production',
      PORT: '0',
      ADMIN_PORT: '0',
    });
    expect(status).toBe(2);
    expect(errors).toMatch(
      /^ {2}UPSTREAM_URL\n {4}It is not set, and in production the example API .*\n.* EXAMPLE=1/m,
    );
  });

  it('says in production which variable was meant in place of the example', async () => {
    const { status, errors } = await runProcess(['serve'], {
      NODE_ENV: 'production',
      UPSTREAM: 'http://127.0.0.1:1',
      PORT: '0',
      ADMIN_PORT: '0',
    });
    expect(status).toBe(2);
    expect(errors).toMatch(/UPSTREAM_URL\n {4}It is not set[\s\S]*did you mean UPSTREAM_URL\?/);
  });

  it('says which variable was meant by half of its name', async () => {
    const { status, errors } = await runProcess(['serve'], { UPSTREAM: 'http://127.0.0.1:1', PORT: 'x' });
    expect([status, errors]).toEqual([2, expect.stringContaining('did you mean UPSTREAM_URL?')]);
  });
});
