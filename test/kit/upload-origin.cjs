/**
 * Somebody else's GraphQL server that takes files, in a process of its own: Yoga, or Apollo Server with graphql-upload. Nothing of
 * Lastmile is in it. Prints `{"url":"..."}` once it listens. SERVER: `yoga` or `apollo`; PORT: where.
 */
const { createHash } = require('node:crypto');
const { createServer } = require('node:http');
const { buffer } = require('node:stream/consumers');

const typeDefs = `
  scalar Upload
  type Query { files: [File!]!  file(id: ID!): File  measure(file: Upload!): Int!  calls: [String!]! }
  type Mutation { add(file: Upload!, title: String): File!  addAll(files: [Upload!]!): [File!]!  early(file: Upload!): Int!  clear: Int! }
  type File { id: ID!  title: String  filename: String!  type: String!  bytes: Int!  digest: String! }
`;

const files = [];
const calls = [];

async function keep(file, title) {
  calls.push('add');
  const { filename, type, chunks } = file;
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of chunks()) {
    bytes += chunk.length;
    hash.update(chunk);
  }
  const kept = { id: String(files.length + 1), title, filename, type, bytes, digest: hash.digest('hex') };
  files.push(kept);
  return kept;
}

/** @param open makes of what the server hands a resolver a name, a type and pieces */
const resolversWith = (open) => ({
  Query: {
    files: () => files,
    file: (_root, { id }) => files.find((file) => file.id === id),
    async measure(_root, { file }) {
      calls.push('measure');
      let bytes = 0;
      for await (const chunk of (await open(file)).chunks()) bytes += chunk.length;
      return bytes;
    },
    calls: () => calls,
  },
  Mutation: {
    add: async (_root, { file, title }) => keep(await open(file), title),
    async addAll(_root, { files: several }) {
      const kept = [];
      for (const file of several) kept.push(await keep(await open(file)));
      return kept;
    },
    early() {
      calls.push('early');
      return 1;
    },
    clear: () => files.splice(0).length,
  },
});

async function yoga() {
  const { createSchema, createYoga } = require('graphql-yoga');
  const open = (file) => ({ filename: file.name, type: file.type, chunks: () => file.stream() });
  const schema = createSchema({ typeDefs, resolvers: resolversWith(open) });
  return createYoga({ schema, logging: false, landingPage: false, maxRequestBodySize: false });
}

async function apollo() {
  const { ApolloServer, HeaderMap } = require('@apollo/server');
  const processRequest = (await import('graphql-upload/processRequest.mjs')).default;
  const GraphQLUpload = (await import('graphql-upload/GraphQLUpload.mjs')).default;
  const open = async (upload) => {
    const { filename, mimetype, createReadStream } = await upload;
    return { filename, type: mimetype, chunks: () => createReadStream() };
  };
  const resolvers = { ...resolversWith(open), Upload: GraphQLUpload };
  const server = new ApolloServer({ typeDefs, resolvers, introspection: true });
  await server.start();
  return async (request, response) => {
    try {
      const headers = new HeaderMap(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      const isForm = headers.get('content-type')?.startsWith('multipart/');
      const body = isForm
        ? await processRequest(request, response)
        : JSON.parse((await buffer(request)).toString() || '{}');
      const {
        status,
        headers: said,
        body: answer,
      } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: request.method, headers, search: '', body },
        context: async () => ({}),
      });
      response.writeHead(status ?? 200, Object.fromEntries(said)).end(answer.string);
    } catch (error) {
      response.writeHead(error.status ?? 500).end(String(error.message));
    }
  };
}

async function main() {
  const handle = await (process.env.SERVER === 'apollo' ? apollo() : yoga());
  const server = createServer(handle).listen(Number(process.env.PORT ?? 0), '127.0.0.1', () =>
    console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` })),
  );
}

void main();
