/** An API that shows its schema only to who has a credential, and answers queries and mutations of everyone. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema, graphql } from 'graphql';
import { readConfig } from '../../src/config/read-config';
import { configurationOf } from '../../src/server/read-knowledge';
import { cleanupAfterAll } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startGateway } from '../kit/gateway';
import { runProcess } from '../kit/lastmile';
import { takeDownLog } from '../kit/log';
import { json, startOrigin, type Origin } from '../upstream/origin';

const cleanup = cleanupAfterAll();
const CREDENTIAL = 'Bearer of-the-schema-4711';
const SCHEMA_HEADERS = JSON.stringify({ authorization: CREDENTIAL });

let origin: Origin;
let SCHEMA: string;
let field = 'one';

beforeAll(async () => {
  SCHEMA = join(cleanup.folder('schema-headers'), 'cache.graphql');
  await writeFile(SCHEMA, 'extend type Query { whoami: String @cacheControl(maxAge: 60) }');
  origin = cleanup.add(
    await startOrigin(async (response, { headers, body }) => {
      if (body.query.includes('__schema') && headers.authorization !== CREDENTIAL)
        return json(response, { errors: [{ message: 'introspection is for those who are signed in' }] });
      const schema = buildSchema(
        `type Query { whoami: String ${field}: String } type Mutation { act: String }`,
      );
      const who = (): string => headers.authorization ?? 'nobody';
      const rootValue = { whoami: who, act: who };
      return json(response, await graphql({ schema, source: body.query, rootValue }));
    }),
  );
});

const env = () => ({ UPSTREAM_URL: origin.url, SCHEMA, SCHEMA_HEADERS });
const isForSchema = ({ body }: Origin['seen'][number]) => body.query.includes('__schema');

describe('SCHEMA_HEADERS', () => {
  it('are sent when the schema is read, also again, and with no request of a client', async () => {
    const { log, lines } = takeDownLog();
    const gateway = cleanup.add(await startGateway(env(), { schema: null, log }));
    const ask = async (query: string) => (await gateway.query(query)).data as Record<string, string>;
    expect(await ask('{ whoami }')).toEqual({ whoami: 'nobody' });
    expect((await gateway.query('{ whoami }')).cacheStatus).toMatch(/^hit/);
    expect(await ask('mutation { act }')).toEqual({ act: 'nobody' });

    const before = origin.seen.filter(isForSchema).length;
    field = 'another';
    const reloaded = await fetch(`${gateway.adminUrl}/reload`, { method: 'POST' });
    expect(await reloaded.json()).toMatchObject({ schema: 'changed' });
    expect(origin.seen.filter(isForSchema).length).toBeGreaterThan(before);

    const withCredential = origin.seen.filter(({ headers }) => headers.authorization === CREDENTIAL);
    expect(withCredential).toEqual(origin.seen.filter(isForSchema));
    expect(JSON.stringify(lines)).not.toContain('4711');
  });

  it.each([
    ['check', ''],
    ['explain', '{ whoami }'],
    ['documents', 'documents.json'],
  ])('are sent by lastmile %s', async (name, argument) => {
    const file = join(cleanup.folder('schema-headers'), argument);
    if (argument.endsWith('.json')) await writeFile(file, '{"a":"{ whoami }"}');
    const args = [name, ...[argument.endsWith('.json') ? file : argument].filter((text) => text !== '')];
    const { status, output, errors } = await runCommand(args, env());
    expect([status, errors]).toEqual([0, '']);
    expect(output).not.toContain('4711');
  });

  it('are sent by lastmile init, and written to no file', async () => {
    const cwd = cleanup.folder('schema-headers');
    const { status, output, errors } = await runProcess(
      ['init', '--upstream', origin.url],
      { SCHEMA_HEADERS },
      { cwd },
    );
    expect([status, errors]).toEqual([0, '']);
    expect(output).toContain('SCHEMA_HEADERS was written to no file: put it into .env');
    for (const file of ['.env', 'schema/cache.graphql'])
      expect(await readFile(join(cwd, file), 'utf8')).not.toContain('4711');
  });

  it('are told of where the schema is refused', async () => {
    const { status, errors } = await runCommand(['check'], { UPSTREAM_URL: origin.url, SCHEMA });
    expect(status).toBe(1);
    expect(errors).toMatch(/does not allow introspection.*SCHEMA_HEADERS/s);
  });

  it('P16 leave the entries as they are: answers do not depend on them', () => {
    const of = (more: NodeJS.ProcessEnv) =>
      configurationOf(readConfig({ UPSTREAM_URL: origin.url, ...more }));
    expect(of({ SCHEMA_HEADERS })).toBe(of({}));
  });

  it('go before UPSTREAM_HEADERS of the same name, and others of these are sent too', async () => {
    const UPSTREAM_HEADERS = JSON.stringify({ authorization: 'Bearer of-all', 'x-tenant': 'a' });
    const { status } = await runCommand(['check'], { ...env(), UPSTREAM_HEADERS });
    expect(status).toBe(0);
    expect(origin.seen.at(-1)!.headers).toMatchObject({ authorization: CREDENTIAL, 'x-tenant': 'a' });
  });
});

it('UPSTREAM_HEADERS with a credential are warned of at start, in check and in doctor, once', async () => {
  const settings = { ...env(), SCHEMA_HEADERS: '', UPSTREAM_HEADERS: `authorization: ${CREDENTIAL}` };
  const { log, lines } = takeDownLog();
  cleanup.add(await startGateway(settings, { schema: null, log }));
  const warned = lines.filter(({ variable, level }) => variable === 'UPSTREAM_HEADERS' && level === 40);
  expect(warned).toEqual([
    expect.objectContaining({
      msg: expect.stringMatching(/^UPSTREAM_HEADERS: .*act as its owner/) as string,
      remedy: expect.stringContaining('move it to SCHEMA_HEADERS') as string,
    }),
  ]);
  for (const command of ['check', 'doctor']) {
    const { output } = await runCommand([command], { ...settings, ADMIN_PORT: '0' });
    expect(output.match(/act as its owner/g)).toHaveLength(1);
    expect(output).not.toContain('4711');
  }
});
