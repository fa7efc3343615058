import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { anyLine, type Line, type MutationLine, type QueryLine } from '../../src/suggest/lines';
import { sessionTag } from '../../src/purge/tag';
import { cleanupAfterEach } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startOrigin } from '../kit/origin';

const cleanup = cleanupAfterEach();

const PRODUCT = 'query Product($id: ID!) { product(id: $id) { name } }';

/** A gateway that writes operations down, and what it wrote once it is stopped. */
async function start(env: Record<string, string> = {}) {
  const folder = cleanup.folder('log');
  const file = join(folder, 'operations.jsonl');
  const origin = cleanup.add(await startOrigin());
  const gateway = await startGateway({
    UPSTREAM_URL: origin.url,
    OPERATION_LOG: file,
    OPERATION_LOG_SAMPLE: '1',
    ...env,
  });
  let stopped: Promise<void> | undefined;
  const stop = () => (stopped ??= gateway.stop());
  cleanup.later(stop);
  const written = async (): Promise<{ text: string; lines: Line[] }> => {
    await stop();
    const text = await readFile(file, 'utf8');
    const lines = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => anyLine.parse(JSON.parse(line)));
    return { text, lines };
  };
  return { gateway, origin, written };
}

const queriesIn = (lines: readonly Line[]) => lines.filter((line): line is QueryLine => 'answer' in line);

const ask = (gateway: GatewayProcess, id: string, headers: Record<string, string> = {}) =>
  gateway.query(PRODUCT, { variables: { id }, headers });

describe('the operation log', () => {
  it('holds each query once it is answered, its text once, and no value of anything', async () => {
    const { gateway, written } = await start({ SESSION: 'header:authorization' });
    const signed = { authorization: 'Bearer alice' };
    await ask(gateway, '1');
    await ask(gateway, '1');
    await ask(gateway, 'secret-id', signed);
    await gateway.query('{ viewer { name } }', { headers: signed });
    const { text, lines } = await written();
    expect(text).not.toMatch(/alice|secret-id|Kettle/);
    expect(lines.filter((line) => 'text' in line)).toHaveLength(2);
    const [first, second, third, viewer] = queriesIn(lines);
    expect(first).toMatchObject({ name: 'Product', why: 'absent', bytes: expect.any(Number) });
    expect(first!.ms).toBeGreaterThan(0);
    expect(first!.tags).toEqual(['Product', expect.stringMatching(/^Product:[\w-]{12}$/)]);
    expect(second).toMatchObject({ why: 'hit', vars: first!.vars, answer: first!.answer, tags: first!.tags });
    expect(second).not.toHaveProperty('ms');
    expect(third!.vars).not.toBe(first!.vars);
    expect(first).not.toHaveProperty('who');
    expect(viewer!.who).toMatch(/^[\w-]{12}$/);
    expect(viewer!.tags.at(-1)).toMatch(/^@[\w-]{12}$/);
    expect(text).not.toContain(sessionTag('Bearer alice').slice(1, 13));
  });

  it('holds a hash for each leaf of an answer, which is asked whole', async () => {
    const { gateway, written } = await start({ SESSION: 'header:authorization' });
    const page = '{ products { name } viewer { name } }';
    for (const who of ['alice', 'bob'])
      await gateway.query(page, { headers: { authorization: `Bearer ${who}` } });
    const { text, lines } = await written();
    expect(text).not.toMatch(/alice|Kettle/);
    const [first, second] = queriesIn(lines);
    expect(Object.keys(first!.leaves!)).toEqual(['products.name', 'viewer.name']);
    expect(second!.leaves!['products.name']).toBe(first!.leaves!['products.name']);
    expect(second!.leaves!['viewer.name']).not.toBe(first!.leaves!['viewer.name']);
    expect(second!.tags).toEqual(expect.arrayContaining(['[Product]', 'Viewer']));
  });

  it('tells answers to other parameters of the URL apart, as those to other headers', async () => {
    const { gateway, written } = await start();
    const body = JSON.stringify({ query: PRODUCT, variables: { id: '1' } });
    for (const search of ['', '?lang=secret', '?lang=secret', '?lang=fr'])
      await gateway.send({
        path: `/graphql${search}`,
        headers: { 'content-type': 'application/json' },
        body,
      });
    const { text, lines } = await written();
    expect(text).not.toContain('secret');
    const varied = queriesIn(lines).map(({ vary }) => vary);
    expect(varied[0]).toBeUndefined();
    expect(varied[1]).toMatch(/^[\w-]{12}$/);
    expect(varied[2]).toBe(varied[1]);
    expect(varied[3]).not.toBe(varied[1]);
  });

  it('holds what purges, whoever asked for it, before the mutation it is of', async () => {
    const { gateway, written } = await start();
    await ask(gateway, '1');
    await gateway.query('mutation Like { likeProduct(id: "1") { likes } }');
    await ask(gateway, '1');
    const purged = await fetch(`${gateway.adminUrl}/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tags: ['Product:1'] }),
    });
    expect(purged.status).toBe(200);
    const { lines } = await written();
    const [before] = queriesIn(lines);
    const kinds = lines.flatMap((line) =>
      'purged' in line ? 'purge' : 'mutation' in line ? 'mutation' : [],
    );
    expect(kinds).toEqual(['purge', 'mutation', 'purge']);
    for (const line of lines) if ('purged' in line) expect(line.purged).toContain(before!.tags[1]);
    const mutation = lines.find((line): line is MutationLine => 'mutation' in line);
    // What it is of, and the category that it refers to.
    expect(mutation).toMatchObject({ name: 'Like', tags: expect.arrayContaining([before!.tags[1]]) });
    expect(mutation!.ms).toBeGreaterThan(0);
  });

  it('holds all requests of a query or none, as many queries as it is told, and every mutation', async () => {
    const { gateway, written } = await start({ OPERATION_LOG_SAMPLE: '.5' });
    for (let round = 0; round < 3; round++) for (let id = 0; id < 60; id++) await ask(gateway, `${id}`);
    for (let id = 0; id < 5; id++)
      await gateway.query(`mutation { renameProduct(id: "${id}", name: "x") { id } }`);
    const { lines } = await written();
    const counts = new Map<string, number>();
    for (const { vars } of queriesIn(lines)) counts.set(vars!, (counts.get(vars!) ?? 0) + 1);
    expect(new Set(counts.values())).toEqual(new Set([3]));
    expect(counts.size).toBeGreaterThan(15);
    expect(counts.size).toBeLessThan(45);
    expect(lines.filter((line) => 'mutation' in line)).toHaveLength(5);
    expect(lines[0]).toMatchObject({ version: 1, sample: 0.5 });
  });

  it('holds the values of variables only where the operator wants them', async () => {
    const { gateway, written } = await start({ OPERATION_LOG_VARIABLES: '1' });
    await ask(gateway, '4');
    const { lines } = await written();
    expect(queriesIn(lines)[0]).toMatchObject({ variables: { id: '4' } });
  });

  it('holds errors as errors, a 304 as the answer it stands for, and each part of a batch', async () => {
    const { gateway, origin, written } = await start();
    const get = { variables: { id: '1' }, method: 'GET' as const };
    const { headers } = await gateway.query(PRODUCT, get);
    const again = await gateway.query(PRODUCT, { ...get, headers: { 'if-none-match': headers.etag! } });
    expect(again.status).toBe(304);
    const batch = [{ query: '{ serial }' }, { query: '{ categories { name } }' }];
    await gateway.send({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(batch) });
    origin.fail('errors');
    await gateway.query('{ bundle(id: "tea") { name } }');
    const { lines } = await written();
    const [whole, notModified, serial, categories, failed] = queriesIn(lines);
    expect(notModified).toMatchObject({ why: 'hit', bytes: whole!.bytes, answer: whole!.answer });
    expect([serial!.why, categories!.why].sort()).toEqual(['absent', 'no-policy']);
    expect(failed).toMatchObject({ failed: true, why: 'error' });
    for (const line of [whole, notModified, serial, categories]) expect(line).not.toHaveProperty('failed');
  });

  it('says of an answer with a great many tags only which types and lists are in it', async () => {
    const { gateway, origin, written } = await start();
    origin.change((data) => {
      for (let id = 100; id < 400; id++)
        data.products.push({ ...data.products[0]!, id: String(id), name: `Product ${id}` });
    });
    await gateway.query('{ products { name } }');
    const { lines } = await written();
    expect(queriesIn(lines)[0]).toMatchObject({ cut: true, tags: ['[Product]', 'Product'] });
  });

  it('costs no request anything when it cannot be written', async () => {
    const origin = cleanup.add(await startOrigin());
    const env = { UPSTREAM_URL: origin.url, OPERATION_LOG: '/dev/full', OPERATION_LOG_SAMPLE: '1' };
    const gateway = cleanup.add(await startGateway(env));
    for (const wanted of [/^fwd=uri-miss; stored$/, /^hit/, /^hit/])
      expect((await ask(gateway, '1')).cacheStatus).toMatch(wanted);
  });
});
