/**
 * GitHub's public schema, mocked, in a process of its own. A repository is made up when it is first asked for, and stays
 * as it is until `updateRepository` changes it. Prints `{"url":"..."}` once it listens. PORT: where; 0 or absent: anywhere.
 */
const { createServer } = require('node:http');
const { addMocksToSchema, createMockStore } = require('@graphql-tools/mock');
const { buildSchema } = require('graphql');
const { createHandler } = require('graphql-http/lib/use/http');

async function main() {
  const { schema: published } = await import('@octokit/graphql-schema');
  // The published text defines two fields twice, so it cannot be validated.
  const plain = buildSchema(published.idl, { assumeValidSDL: true, assumeValid: true });
  const scalars = ['Base64String', 'BigInt', 'Date', 'DateTime', 'GitObjectID', 'GitRefname', 'GitSSHRemote'];
  scalars.push('GitTimestamp', 'HTML', 'PreciseDateTime', 'URI', 'X509Certificate', 'CustomPropertyValue');
  const mocks = Object.fromEntries(scalars.map((name) => [name, () => `some ${name}`]));
  const store = createMockStore({ schema: plain, mocks });

  const repositoryAt = ({ owner, name }) => {
    const key = `R_${owner}_${name}`;
    if (!store.has('Repository', key))
      store.set('Repository', key, { name, nameWithOwner: `${owner}/${name}` });
    return store.get('Repository', key);
  };
  const schema = addMocksToSchema({
    schema: plain,
    store,
    resolvers: {
      Query: {
        repository: (_root, where) => repositoryAt(where),
        node: (_root, { id }) => (store.has('Repository', id) ? store.get('Repository', id) : null),
      },
      Mutation: {
        updateRepository(_root, { input }) {
          const { repositoryId, clientMutationId, ...changes } = input;
          for (const [field, value] of Object.entries(changes))
            store.set('Repository', repositoryId, field, value);
          return { clientMutationId, repository: store.get('Repository', repositoryId) };
        },
      },
    },
  });

  const server = createServer(createHandler({ schema, validationRules: (_request, _args, rules) => rules }));
  server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => {
    console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` }));
  });
}

void main();
