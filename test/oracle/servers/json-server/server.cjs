/** json-graphql-server: an API generated from rows in memory, with a meta query beside each list. */
const express = require('express');
const { jsonGraphqlExpress } = require('json-graphql-server/node');

const from1to = (count) => Array.from({ length: count }, (_, index) => index + 1);
const data = {
  users: from1to(6).map((id) => ({ id, name: `User ${id}`, age: 20 + id })),
  posts: from1to(20).map((id) => ({
    id,
    title: `Post ${id} ${'abcd'[id % 4]}`,
    views: (id * 37) % 100,
    rating: id + 0.5,
    user_id: 1 + (id % 6),
  })),
  comments: from1to(30).map((id) => ({
    id,
    body: `comment ${id}`,
    post_id: 1 + (id % 20),
    user_id: 1 + (id % 6),
  })),
};
const app = express();
app.use('/graphql', jsonGraphqlExpress(data));
const server = app.listen(Number(process.env.PORT), '127.0.0.1', () =>
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/graphql` })}\n`),
);
