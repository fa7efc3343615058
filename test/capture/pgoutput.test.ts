import { PgoutputDecoder, PgoutputError, type PgoutputMessage } from '../../src/capture/pgoutput';
import { formatLsn, parseLsn } from '../../src/purge/database-position';
import { cleanupAfterAll } from '../kit/cleanup';
import { startPostgres, type PostgresServer } from '../kit/postgres';
import { RECORDED } from './recorded';

const cleanup = cleanupAfterAll();

/** As a person would write them down: `update post old=[..] row=[..]`. */
function written(message: PgoutputMessage): string | undefined {
  const values = (tuple: readonly unknown[]): string =>
    JSON.stringify(tuple.map((value) => value ?? (value === null ? 'NULL' : '?')));
  switch (message.kind) {
    case 'begin':
      return 'begin';
    case 'commit':
      return 'commit';
    case 'relation': {
      const { schema, name, identity, columns } = message.relation;
      return `relation ${schema}.${name} ${identity} ${columns.map((column) => column.name + (column.isKey ? '*' : '')).join(' ')}`;
    }
    case 'insert':
      return `insert ${message.relation.name} ${values(message.row)}`;
    case 'update':
      return `update ${message.relation.name}${message.old ? ` old ${values(message.old)}` : ''} row ${values(message.row)}`;
    case 'delete':
      return `delete ${message.relation.name} old ${values(message.old)}`;
    case 'truncate':
      return `truncate ${message.relations.map(({ name }) => name).join(' ')}`;
    case 'message':
      return `message ${message.prefix} ${message.content}${message.isTransactional ? '' : ' outside'}`;
    default:
      return undefined;
  }
}

function decodeAll(messages: readonly Buffer[]): string[] {
  const decoder = new PgoutputDecoder();
  return messages.flatMap((bytes) => written(decoder.decode(bytes)) ?? []);
}

describe('the messages of pgoutput', () => {
  it('are read as they were recorded', () => {
    expect(decodeAll(RECORDED.map((hex) => Buffer.from(hex, 'hex')))).toEqual([
      'begin',
      'relation public.post default id* author_id title',
      'insert post ["1","7","é, \\"two\\""]',
      'update post row ["1","NULL","b"]',
      'update post old ["1","?","?"] row ["2","NULL","b"]',
      'delete post old ["2","?","?"]',
      'commit',
      'message lastmile one outside',
      'begin',
      'truncate post',
      'commit',
    ]);
  });

  it('end with an error, at whichever byte they are cut off', () => {
    for (const hex of RECORDED.slice(2, 6)) {
      const bytes = Buffer.from(hex, 'hex');
      for (let length = 0; length < bytes.length; length++) {
        const decoder = new PgoutputDecoder();
        decoder.decode(Buffer.from(RECORDED[1]!, 'hex'));
        expect(() => decoder.decode(bytes.subarray(0, length))).toThrow(PgoutputError);
      }
    }
  });

  it('are refused when they are of an unknown kind, or of an unknown table', () => {
    expect(() => new PgoutputDecoder().decode(Buffer.from('S0000'))).toThrow('begins with "S"');
    expect(() => new PgoutputDecoder().decode(Buffer.from(RECORDED[2]!, 'hex'))).toThrow(
      'before its description',
    );
  });
});

describe('a position', () => {
  it('is read as PostgreSQL writes it, and nothing else is', () => {
    for (const text of ['0/0', '16/B374D848', 'FFFFFFFF/FFFFFFFF'])
      expect(formatLsn(parseLsn(text)!)).toBe(text);
    expect(parseLsn('16/b374d848')).toBe(0x16_b374_d848n);
    for (const text of ['', '0', '/0', '0/', 'G/0', '000000001/0', '0/0 '])
      expect(parseLsn(text)).toBeUndefined();
  });
});

describe('the messages of a real PostgreSQL', () => {
  let postgres: PostgresServer;

  beforeAll(async () => {
    postgres = cleanup.add(await startPostgres({ wal_level: 'logical' }));
    await postgres.sql(`
      create type mood as enum ('calm', 'loud');
      create table author(id int primary key, name text);
      create table post(id bigint primary key, author_id int references author on delete cascade, mood mood, rest jsonb);
      create table whole(a int, b text); alter table whole replica identity full;
      create table moved(id int primary key, author_id int not null, unique (id, author_id));
      alter table moved replica identity using index moved_id_author_id_key;
      create publication p for all tables;
      select pg_create_logical_replication_slot('s', 'pgoutput');`);
  });

  /** What a statement leaves in the log, without begin, commit and descriptions of tables. */
  async function left(statements: string): Promise<string[]> {
    await postgres.sql(statements);
    const hex = await postgres.sql(
      `select encode(data, 'hex') from pg_logical_slot_get_binary_changes('s', null, null, 'proto_version', '1', 'publication_names', 'p', 'messages', 'true')`,
    );
    const all = decodeAll(hex.split('\n').map((line) => Buffer.from(line, 'hex')));
    return all.filter((line) => !/^(begin|commit|relation)/.test(line));
  }

  it('hold values as text, every digit of them', async () => {
    expect(
      await left(
        `insert into author values (1, 'ann'); insert into post values (9007199254740993, 1, 'loud', '{"n": 1.10}')`,
      ),
    ).toEqual(['insert author ["1","ann"]', 'insert post ["9007199254740993","1","loud","{\\"n\\": 1.10}"]']);
  });

  it('hold all rows that a cascade removed, the parent first', async () => {
    expect(await left('delete from author where id = 1')).toEqual([
      'delete author old ["1","?"]',
      'delete post old ["9007199254740993","?","?","?"]',
    ]);
  });

  it('hold the former row where the identity is full, or uses an index', async () => {
    const long = 'x'.repeat(3);
    expect(
      await left(`insert into whole values (1, '${long}'); update whole set a = 2; delete from whole;
        insert into moved values (1, 7); update moved set author_id = 8; update moved set author_id = 8; delete from moved`),
    ).toEqual([
      'insert whole ["1","xxx"]',
      'update whole old ["1","xxx"] row ["2","xxx"]',
      'delete whole old ["2","xxx"]',
      'insert moved ["1","7"]',
      'update moved old ["1","7"] row ["1","8"]',
      'update moved row ["1","8"]',
      'delete moved old ["1","8"]',
    ]);
  });

  it('leave out a value that was not changed and is kept elsewhere', async () => {
    const text = await left(
      `alter table author alter name set storage external; insert into author values (2, repeat('y', 9000)); update author set id = 3`,
    );
    expect(text.at(-1)).toBe('update author old ["2","?"] row ["3","?"]');
  });

  it('hold what was emptied, and what was said into the log', async () => {
    expect(
      await left(`truncate author cascade; select pg_logical_emit_message(true, 'lastmile', 'é')`),
    ).toEqual(['truncate author post', 'message lastmile é']);
  });
});
