/**
 * What is known to go wrong today: a list for each server, of kinds as `tally.ts` names them. It may only shrink. A kind
 * that is not listed fails the test; so does one that is listed and no longer occurs, until it is taken off the list.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Kind, Tally } from './tally';

export interface Verdict {
  readonly unlisted: readonly Kind[];
  /** listed, and no longer met */
  readonly mended: readonly string[];
}

/** What the test compares with the list: `stale Mutation.renameAuthor > Author.name`. */
export function nameOf({ difference, key }: Kind): string {
  return `${difference} ${key}`;
}

export async function compareWithList(server: string, { broken }: Tally): Promise<Verdict> {
  const listed = await readList(server);
  const met = new Set(broken.map(nameOf));
  return {
    unlisted: broken.filter((kind) => !listed.includes(nameOf(kind))),
    mended: listed.filter((name) => !met.has(name)),
  };
}

/** Takes what was not met off the list; with `grow`, puts on it what was, for a new server or other questions. */
export async function rewriteList(server: string, { broken }: Tally, grow: boolean): Promise<void> {
  const listed = await readList(server);
  const names = broken.map(nameOf).filter((name) => grow || listed.includes(name));
  await writeFile(fileOf(server), `${JSON.stringify(names.sort(), undefined, 2)}\n`);
}

async function readList(server: string): Promise<readonly string[]> {
  const file = fileOf(server);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as string[]) : [];
}

function fileOf(server: string): string {
  return join(__dirname, 'not-yet', `${server}.json`);
}
