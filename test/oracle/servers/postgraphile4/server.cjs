/** PostGraphile 4 over the forum, with filters through relations and aggregates. */
const { createServer } = require('node:http');
const { postgraphile } = require('postgraphile');

const handler = postgraphile(process.env.DATABASE_URL, 'app', {
  dynamicJson: true,
  appendPlugins: [
    require('postgraphile-plugin-connection-filter'),
    require('@graphile/pg-aggregates').default,
  ],
  graphileBuildOptions: { connectionFilterRelations: true },
  setofFunctionsContainNulls: false,
  ignoreRBAC: true,
  graphiql: false,
  disableQueryLog: true,
  legacyRelations: 'omit',
});
const server = createServer(handler).listen(Number(process.env.PORT), '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` })}\n`),
);
