import { join } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { startChangingOrigin } from '../kit/changing-origin';
import { cleanupAfterEach } from '../kit/cleanup';
import { temporaryFolder } from '../kit/folder';
import { startGateway } from '../kit/gateway';
import { takeDownLog } from '../kit/log';

const cleanup = cleanupAfterEach();

const SDL =
  'type Query { post(id: ID!): Post } type Post { id: ID! title: String } type Mutation { rename(id: ID!): Post }';
const RIGHT = 'extend type Mutation { rename(id: ID!): Post @purges(tags: ["Post:{$args.id}"]) }';
const WRONG = 'extend type Mutation { rename(id: ID!): Post @purges(tags: ["Post:{$args.idd}"]) }';

const errorsSaid = async (directives: string) => {
  const origin = cleanup.add(await startChangingOrigin(SDL, {}));
  const folder = temporaryFolder('directives');
  cleanup.later(() => folder.remove());
  const file = join(folder.path, 'cache.graphql');
  await writeFile(file, `extend type Post @cacheControl(maxAge: 60)\n${directives}\n`);
  const { log, lines } = takeDownLog();
  cleanup.add(await startGateway({ UPSTREAM_URL: origin.url, SCHEMA: file }, { schema: null, log }));
  return { file, said: lines.filter(({ code }) => code !== undefined) };
};

it('says when it reads a schema what check calls an error, with its place', async () => {
  const { file, said } = await errorsSaid(WRONG);
  expect(said).toEqual([
    expect.objectContaining({
      level: 40,
      code: 'tag-format-unknown-argument',
      place: `${file}:2:46`,
      remedy: expect.any(String) as string,
      msg: expect.stringContaining('idd') as string,
    }),
  ]);
});

it('says nothing of a schema without errors', async () => {
  expect((await errorsSaid(RIGHT)).said).toEqual([]);
});
