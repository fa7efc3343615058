import type { PostgresServer } from '../kit/postgres';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startServer } from './server-process';
import type { Subject } from './subjects';

/** Templates that this process has made: each trial gets a copy of its own. */
const made = new Map<string, Promise<string>>();
let copies = 0;

/** A fresh database with the subject's data, if it has one. */
export interface PreparedDatabase {
  /** undefined: the subject has none */
  readonly url?: string;
  /** in which its server finds it */
  readonly env: Readonly<Record<string, string>>;
}

/** @param lively with what the subject's database does besides, where its log is read */
export async function prepareDatabase(
  subject: Subject,
  start: () => Promise<PostgresServer>,
  lively: boolean,
): Promise<PreparedDatabase> {
  if (!subject.database) return { env: {} };
  const postgres = await start();
  const template = `${subject.name}${lively ? '_lively' : ''}`;
  const key = `${postgres.port} ${template}`;
  const known = made.get(key) ?? makeTemplate(subject, postgres, { template, lively });
  made.set(key, known);
  const name = `trial${++copies}`;
  await postgres.createDatabase(name, await known);
  const url = postgres.url(name);
  return { url, env: { DATABASE_URL: url } };
}

async function makeTemplate(
  subject: Subject,
  postgres: PostgresServer,
  { template, lively }: { readonly template: string; readonly lively: boolean },
): Promise<string> {
  await postgres.createDatabase(template);
  if (subject.database === 'seeds') {
    // A first start of the server makes tables and rows.
    const server = await startServer(subject, { DATABASE_URL: postgres.url(template), SEED: '1' });
    await server.stop();
  } else {
    await runFile(subject.database!.sql);
  }
  if (lively && subject.captured) await runFile(subject.captured.sql);
  return template;

  async function runFile(file: string): Promise<void> {
    await postgres.sql(await readFile(join(__dirname, 'servers', file), 'utf8'), template);
  }
}
