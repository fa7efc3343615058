/** Other people's servers and schemas, each in a process of its own. */
import { join } from 'node:path';
import { parse, validate, type GraphQLSchema } from 'graphql';
import { readRules } from '../../src/policy/rules';
import { INTROSPECTION_LIMITS, Introspector } from '../../src/schema/introspect';
import { loadSchema } from '../../src/schema/load-schema';
import { schemaVersion } from '../../src/schema/schema-keeper';
import type { Upstream } from '../../src/upstream/upstream';
import { Cleanup, cleanupAfterEach } from '../kit/cleanup';
import { startApolloOrigin, startGithubOrigin } from '../kit/origin-process';
import { connect, request, single } from '../upstream/ask';
import { writeFiles } from './sdl';

const cleanup = cleanupAfterEach();
const shared = new Cleanup();
afterAll(() => shared.run());

function rulesOf(schema: GraphQLSchema) {
  return readRules(schema, { defaultMaxAge: 0 });
}

describe('Apollo Server', () => {
  let upstream: Upstream;
  beforeAll(async () => {
    const origin = shared.add(await startApolloOrigin());
    upstream = connect(shared, origin.url);
  });

  it('answers queries and mutations through us', async () => {
    const query = request(
      'query Q($code: ID!) { country(code: $code) { name continent { name } languages { name } } }',
      {
        variables: { code: 'PT' },
      },
    );
    const before = single(await upstream.execute(query));
    expect(before.data).toEqual({
      country: { name: 'Portugal', continent: { name: 'Europe' }, languages: [{ name: 'Portuguese' }] },
    });
    const rename = request('mutation { renameCountry(code: "PT", name: "Lusitania") { name } }');
    expect(single(await upstream.execute(rename)).data).toEqual({ renameCountry: { name: 'Lusitania' } });
    expect(single(await upstream.execute(query)).data).toMatchObject({ country: { name: 'Lusitania' } });
  });

  it('has its errors passed on, with the status it gave them', async () => {
    const failed = await upstream.execute(request('{ fail }'));
    expect(failed).toMatchObject({ answered: true, status: 200 });
    expect(single(failed)).toMatchObject({ data: { fail: null }, errors: [{ path: ['fail'] }] });
    const invalid = await upstream.execute(request('{ nothing }'));
    expect(invalid).toMatchObject({ answered: true, status: 400 });
    expect(single(invalid).errors).toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });

  it('is introspected, and an overlay laid over what it says', async () => {
    const folder = await writeFiles(cleanup, {
      'cache.graphql':
        'extend type Country @cacheControl(maxAge: 60) extend type Query { countries: [Country!]! @cacheControl(maxAge: 30) }',
    });
    const { schema } = await loadSchema({
      patterns: ['cache.graphql'],
      folder,
      introspect: () => new Introspector(upstream).read(),
    });
    expect(rulesOf(schema).typeHint('Country')).toMatchObject({ maxAge: 60 });
    expect(rulesOf(schema).fieldHint('Query', 'countries')).toMatchObject({ maxAge: 30 });
  });
});

describe("GitHub's schema", () => {
  const published = join('node_modules', '@octokit', 'graphql-schema', 'schema.graphql');
  const overlay = `
    extend type Repository @cacheControl(maxAge: 60) { stargazerCount: Int! @cacheControl(maxAge: 5) }
    extend interface Node @cacheControl(maxAge: 10)
    extend union SearchResultItem @cacheControl(maxAge: 20)
    extend type Query { repository: Repository @cacheControl(maxAge: 30) }
    extend type Mutation { addStar: AddStarPayload @purges(lists: false) }`;

  /** Milliseconds of processor time, the better of two: the machine does other things as well. */
  async function cost(load: () => Promise<unknown>): Promise<number> {
    const times: number[] = [];
    for (let i = 0; i < 2; i++) {
      const before = process.cpuUsage();
      await load();
      const { user, system } = process.cpuUsage(before);
      times.push((user + system) / 1_000);
    }
    return Math.min(...times);
  }

  function expectOverlaid(schema: GraphQLSchema): void {
    const rules = rulesOf(schema);
    expect(rules.typeHint('Repository')).toMatchObject({ maxAge: 60 });
    expect(rules.typeHint('Node')).toMatchObject({ maxAge: 10 });
    expect(rules.typeHint('SearchResultItem')).toMatchObject({ maxAge: 20 });
    expect(rules.fieldHint('Query', 'repository')).toMatchObject({ maxAge: 30 });
    expect(rules.fieldHint('Repository', 'stargazerCount')).toMatchObject({ maxAge: 5 });
    expect(rules.purgeRule('addStar')).toMatchObject({ lists: false });
    const deprecated = parse(
      '{ repository(owner: "a", name: "b") { stargazerCount issues(first: 1) { totalCount } } }',
    );
    expect(validate(schema, deprecated)).toEqual([]);
  }

  it('loads as it is published, with an overlay, in under two seconds', async () => {
    const folder = await writeFiles(cleanup, { 'overlay.graphql': overlay });
    const load = async () => {
      const patterns = [join(process.cwd(), published), 'overlay.graphql'];
      const { schema } = await loadSchema({ patterns, folder });
      schemaVersion(schema);
      return schema;
    };
    expectOverlaid(await load());
    expect(await cost(load)).toBeLessThan(2_000);
  });

  it('loads from a server of it, with an overlay, in under two seconds, and its queries pass', async () => {
    const folder = await writeFiles(cleanup, { 'overlay.graphql': overlay });
    const origin = cleanup.add(await startGithubOrigin());
    const asking = connect(cleanup, origin.url, INTROSPECTION_LIMITS);
    const introspection = await new Introspector(asking).read();
    const load = async () => {
      const introspectAgain = () => Promise.resolve(introspection);
      const { schema } = await loadSchema({
        patterns: ['overlay.graphql'],
        folder,
        introspect: introspectAgain,
      });
      schemaVersion(schema);
      return schema;
    };
    expectOverlaid(await load());
    expect(await cost(load)).toBeLessThan(2_000);

    const upstream = connect(cleanup, origin.url);
    const query = request(
      '{ repository(owner: "graphql", name: "graphql-js") { id nameWithOwner description } }',
    );
    const before = single(await upstream.execute(query)).data as { repository: { id: string } };
    expect(before.repository).toMatchObject({ nameWithOwner: 'graphql/graphql-js' });
    const mutation = request(
      'mutation M($id: ID!) { updateRepository(input: { repositoryId: $id, description: "new" }) { repository { description } } }',
      { variables: { id: before.repository.id } },
    );
    expect(single(await upstream.execute(mutation)).errors).toBeUndefined();
    expect(single(await upstream.execute(query)).data).toEqual({
      repository: { ...before.repository, description: 'new' },
    });
  });
});
