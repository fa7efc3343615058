/** Other people's servers behind the gateway, each in a process of its own, and other people's clients before it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { gql, GraphQLClient } from 'graphql-request';
import { Cleanup } from '../kit/cleanup';
import { startGateway, type GatewayProcess } from '../kit/gateway';
import { startApolloOrigin, startGithubOrigin } from '../kit/origin-process';

const run = promisify(execFile);
const cleanup = new Cleanup();
afterAll(() => cleanup.run());

const COUNTRIES = `
  extend type Country @cacheControl(maxAge: 600)
  extend type Continent @cacheControl(maxAge: 600)
  extend type Language @cacheControl(maxAge: 600)
`;

describe('Apollo Server, introspected, with an overlay', () => {
  let gateway: GatewayProcess;
  beforeAll(async () => {
    const origin = cleanup.add(await startApolloOrigin());
    gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema: COUNTRIES }));
  });

  it('misses, hits, changes, misses, hits: graphql-request', async () => {
    const client = new GraphQLClient(gateway.url);
    const query = gql`
      query Country($code: ID!) {
        country(code: $code) {
          name
          languages {
            name
          }
        }
      }
    `;
    const ask = async () => {
      const { data, headers } = await client.rawRequest<{ country: { name: string } }>(query, { code: 'PT' });
      return `${data.country.name} ${headers.get('cache-status')}`;
    };
    expect(await ask()).toBe('Portugal lastmile-local; fwd=uri-miss; stored');
    expect(await ask()).toMatch(/^Portugal lastmile-local; hit; ttl=\d+$/);
    await client.request('mutation { renameCountry(code: "PT", name: "Lusitania") { id } }');
    expect(await ask()).toBe('Lusitania lastmile-local; fwd=stale; stored; detail=purged');
    expect(await ask()).toMatch(/^Lusitania lastmile-local; hit; ttl=\d+$/);
  });

  it('misses and hits: curl', async () => {
    const curl = async () => {
      const body = JSON.stringify({ query: '{ country(code: "FR") { name } }' });
      const { stdout } = await run('curl', [
        '-s',
        '-i',
        gateway.url,
        '-H',
        'content-type: application/json',
        '-d',
        body,
      ]);
      return /cache-status: (.*)\r/i.exec(stdout)?.[1];
    };
    expect(await curl()).toBe('lastmile-local; fwd=uri-miss; stored');
    expect(await curl()).toMatch(/^lastmile-local; hit; ttl=\d+$/);
  });

  it('has its errors passed on and not kept', async () => {
    const { errors, cacheStatus } = await gateway.query('{ fail }');
    expect(errors?.[0]?.message).toBe('This field always fails.');
    expect(cacheStatus).toBe('fwd=bypass; detail=no-policy');
  });
});

describe('GitHub', () => {
  const OVERLAY = `
    extend type Repository @cacheControl(maxAge: 60)
    extend type Query { node: Node @cacheControl(maxAge: 60) }
  `;

  it('loads in under two seconds more than its introspection takes, is cached, and is purged', async () => {
    const origin = cleanup.add(await startGithubOrigin());
    const gateway = cleanup.add(await startGateway({ UPSTREAM_URL: origin.url }, { schema: OVERLAY }));
    const repository =
      'query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id description } }';
    const variables = { owner: 'octocat', name: 'hello' };
    const first = await gateway.query(repository, { variables });
    expect(first.cacheStatus).toBe('fwd=uri-miss; stored');
    expect((await gateway.query(repository, { variables })).cacheStatus).toMatch(/^hit; ttl=/);
    const { id } = first.data.repository as { id: string };
    const node = await gateway.query(
      'query ($id: ID!) { node(id: $id) { ... on Repository { description } } }',
      { variables: { id } },
    );
    expect(node.cacheStatus).toBe('fwd=uri-miss; stored');
    // The client selects nothing of what was changed: the gateway finds it all the same.
    const update =
      'mutation ($id: ID!) { updateRepository(input: { repositoryId: $id, description: "new" }) { clientMutationId } }';
    expect((await gateway.query(update, { variables: { id } })).token).toBeDefined();
    const again = await gateway.query(repository, { variables });
    expect(again.cacheStatus).toBe('fwd=stale; stored; detail=purged');
    expect(again.data.repository.description).toBe('new');
    const nodeAgain = await gateway.query(
      'query ($id: ID!) { node(id: $id) { ... on Repository { description } } }',
      { variables: { id } },
    );
    expect(nodeAgain.cacheStatus).toBe('fwd=stale; stored; detail=purged');
  });
});
