import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { isAnythingKept } from '../../src/policy/anything-kept';
import { readRules } from '../../src/policy/rules';
import { DIRECTIVES_SDL } from '../../src/schema/directives';
import { startChangingOrigin } from '../kit/changing-origin';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';

const cleanup = cleanupAfterEach();

it.each([
  ['nothing', 'type Query { a: Int }', 0, false],
  ['the default', 'type Query { a: Int }', 5, true],
  ['a field', 'type Query { a: Int @cacheControl(maxAge: 5) }', 0, true],
  ['a type', 'type Query { a: A } type A @cacheControl(maxAge: 5) { a: Int }', 0, true],
  ['0 alone', 'type Query { a: Int @cacheControl(maxAge: 0) }', 0, false],
  ['a scope alone', 'type Query { a: Int @cacheControl(scope: PRIVATE) }', 0, false],
] as const)('says whether anything has a maxAge: %s', (_, sdl, defaultMaxAge, isKept) => {
  const schema = buildSchema(DIRECTIVES_SDL + sdl);
  expect(isAnythingKept(schema, readRules(schema, { defaultMaxAge }))).toBe(isKept);
});

it('says at start, loudly, that nothing can be cached, and what to do', async () => {
  const sdl = 'type Query { a: Int }';
  const origin = cleanup.add(await startChangingOrigin(sdl, { Query: { a: () => 1 } }));
  const warnings = async (env: Record<string, string>) => {
    const { log, lines } = takeDownLog();
    cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, ...env }, { schema: null, log }));
    return lines.filter(({ level, msg }) => level === 40 && msg.startsWith('nothing can be cached'));
  };
  const [said] = await warnings({});
  expect(said).toMatchObject({
    variable: 'SCHEMA',
    msg: expect.stringContaining('DEFAULT_MAX_AGE') as string,
  });
  expect(await warnings({ DEFAULT_MAX_AGE: '5' })).toEqual([]);
  const overlay = join(cleanup.folder('commented'), 'cache.graphql');
  await writeFile(overlay, '# extend type Query { a: Int @cacheControl(maxAge: 5) }\n');
  const [commented] = await warnings({ SCHEMA: overlay });
  expect(commented?.msg).toContain(`Uncomment a line with @cacheControl in ${overlay}, or add one`);
});
