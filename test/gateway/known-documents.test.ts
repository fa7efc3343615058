import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cleanup } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';
import { hashOf, startKnownDocumentsOrigin } from '../kit/known-documents-origin';

const cleanup = new Cleanup();
afterAll(() => cleanup.run());

const SDL = `
  type Query { page(id: ID!): Page  stats: Stats }
  type Mutation { rename(id: ID!, title: String!): Page }
  type Page { id: ID! title: String! }
  type Stats { pages: Int! }
`;
const OVERLAY = `
  extend type Page @cacheControl(maxAge: 60)
  extend type Stats @cacheControl(maxAge: 60)
`;

// Written as no printer would.
const TEXTS = {
  page: 'query Page($id: ID!)   { page(id: $id) { title } } # for the start page',
  whole: '{ page(id: 1) { __typename id title } }',
  rename: 'mutation Rename($id: ID!) { rename(id: $id, title: "new") { title } }',
};

async function files(): Promise<{ schema: string; documents: string }> {
  const folder = cleanup.folder('documents');
  const [schema, documents] = [join(folder, 'schema.graphql'), join(folder, 'documents.json')];
  await writeFile(schema, OVERLAY);
  await writeFile(documents, JSON.stringify(TEXTS));
  return { schema, documents };
}

async function start(refusal?: { status: number; code: string }) {
  const titles = new Map([['1', 'Home']]);
  const origin = cleanup.add(
    await startKnownDocumentsOrigin(
      {
        typeDefs: SDL,
        resolvers: {
          Query: { page: (_: unknown, { id }: { id: string }) => ({ id, title: titles.get(id) }) },
          Mutation: {
            rename: (_: unknown, { id, title }: { id: string; title: string }) => {
              titles.set(id, title);
              return { id, title };
            },
          },
        },
      },
      refusal,
    ),
  );
  const { schema, documents } = await files();
  const env = { UPSTREAM_URL: origin.url, SCHEMA: schema, TRUSTED_DOCUMENTS: documents };
  const { log, lines } = takeDownLog();
  const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema: OVERLAY, log }));
  return { origin, gateway, env, lines };
}

describe('an upstream that takes known documents only', () => {
  it('answers and is purged as any other, once it knows what `lastmile documents` prints', async () => {
    const { origin, gateway, env } = await start();
    const { status, output } = await runCommand(['documents'], env);
    expect(status).toBe(0);
    const printed = JSON.parse(output) as Record<string, string>;
    for (const [hash, document] of Object.entries(printed)) expect(hashOf(document)).toBe(hash);
    for (const text of Object.values(TEXTS)) expect(Object.values(printed)).toContain(text);
    // What the gateway itself asked when it began.
    for (const asked of origin.unknown.splice(0)) expect(Object.values(printed)).toContain(asked);
    origin.register(Object.keys(printed));
    const ask = () => gateway.query(TEXTS.page, { variables: { id: '1' } });
    expect((await ask()).cacheStatus).toBe('fwd=uri-miss; stored');
    expect((await ask()).cacheStatus).toMatch(/^hit/);
    expect((await gateway.query(TEXTS.rename, { variables: { id: '1' } })).data.rename.title).toBe('new');
    const after = await ask();
    expect([after.cacheStatus, after.data.page.title]).toEqual(['fwd=stale; stored; detail=purged', 'new']);
    expect(origin.unknown).toEqual([]);
  });

  it.each([
    ['400', { status: 400, code: 'QUERY_NOT_IN_SAFELIST' }],
    ['403', { status: 403, code: 'UNKNOWN_DOCUMENT' }],
    ['200', { status: 200, code: 'GRAPHQL_VALIDATION_FAILED' }],
  ])(
    'is asked as its clients wrote it, where it knows that alone and says %s of the rest',
    async (_, refusal) => {
      const { origin, gateway, lines } = await start(refusal);
      origin.register(Object.values(TEXTS).map(hashOf));
      const ask = (text: string) => gateway.query(text, { variables: { id: '1' } });
      for (let round = 0; round < 2; round++) {
        const { data, errors, cacheStatus } = await ask(TEXTS.page);
        expect([errors, data?.page.title]).toEqual([undefined, 'Home']);
        expect(cacheStatus).toBe('fwd=uri-miss; detail=untagged');
      }
      // What needs nothing added is kept.
      expect((await ask(TEXTS.whole)).cacheStatus).toBe('fwd=uri-miss; stored');
      const renamed = await ask(TEXTS.rename);
      expect([renamed.errors, renamed.data?.rename.title]).toEqual([undefined, 'new']);
      // Of what came without its key the whole type is purged.
      const whole = await ask(TEXTS.whole);
      expect([whole.cacheStatus, whole.data.page.title]).toEqual(['fwd=stale; stored; detail=purged', 'new']);
      origin.unknown.length = 0;
      await ask(TEXTS.page);
      // For a while it is not asked twice.
      expect(origin.unknown).toEqual([]);
      expect(lines.filter(({ msg }) => msg.includes('lastmile documents')).length).toBe(2);
    },
  );
});

describe('lastmile documents', () => {
  it('prints a manifest of Apollo, and says which documents this gateway refuses', async () => {
    const { env } = await start();
    const { status, output } = await runCommand(['documents', '--apollo'], env);
    expect(status).toBe(0);
    const { format, version, operations } = JSON.parse(output) as {
      format: string;
      version: number;
      operations: { id: string; name: string; type: string; body: string }[];
    };
    expect([format, version]).toEqual(['apollo-persisted-query-manifest', 1]);
    for (const { id, body } of operations) expect(id).toBe(hashOf(body));
    expect(operations.filter(({ type }) => type === 'mutation').map(({ name }) => name)).toEqual([
      'Rename',
      'Rename',
    ]);
    await writeFile(env.TRUSTED_DOCUMENTS, JSON.stringify({ ...TEXTS, wrong: '{ nothing }' }));
    const refused = await runCommand(['documents'], env);
    expect(refused.status).toBe(1);
    expect(refused.errors).toMatch(/^"wrong" is refused by this gateway: Cannot query field "nothing"/);
    expect(Object.keys(JSON.parse(refused.output) as object).length).toBe(operations.length);
  });

  it('says what is wrong with its file', async () => {
    const { env } = await start();
    const none = await runCommand(['documents'], { ...env, TRUSTED_DOCUMENTS: '' });
    expect(none.status).toBe(2);
    const missing = await runCommand(['documents', '/nowhere.json'], env);
    expect([missing.status, missing.errors]).toEqual([2, expect.stringMatching(/The file cannot be read/)]);
  });

  it('is what `lastmile check` tells of where documents are known', async () => {
    const { env } = await start();
    const { output } = await runCommand(['check'], env);
    expect(output).toMatch(/types and keys as well by 2 of the operations/);
  });
});
