import type { PostgresServer } from '../kit/postgres';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from './server-process';
import type { Subject } from './subjects';

/** Templates that this process has made: each trial gets a copy of its own. */
const made = new Map<string, Promise<string>>();
let copies = 0;

/** A fresh database with the subject's data. @returns the environment in which its server finds it */
export async function prepareDatabase(
  subject: Subject,
  start: () => Promise<PostgresServer>,
): Promise<Readonly<Record<string, string>>> {
  if (!subject.database) return {};
  const postgres = await start();
  const known = made.get(`${postgres.port} ${subject.name}`) ?? makeTemplate(subject, postgres);
  made.set(`${postgres.port} ${subject.name}`, known);
  const name = `trial${++copies}`;
  await postgres.createDatabase(name, await known);
  return { DATABASE_URL: postgres.url(name) };
}

async function makeTemplate({ name, ...subject }: Subject, postgres: PostgresServer): Promise<string> {
  await postgres.createDatabase(name);
  if (subject.database === 'seeds') {
    // A first start of the server makes tables and rows.
    const server = await startServer({ name, ...subject }, { DATABASE_URL: postgres.url(name), SEED: '1' });
    await server.stop();
  } else {
    await postgres.sql(await readFile(join(__dirname, 'servers', subject.database!.sql), 'utf8'), name);
  }
  return name;
}
