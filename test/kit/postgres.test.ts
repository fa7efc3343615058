import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanupAfterAll } from './cleanup';
import { startPostgres } from './postgres';
import { fetchPostgres } from './postgres-binary';

const cleanup = cleanupAfterAll();

describe('a PostgreSQL of a test', () => {
  it('runs statements, and copies databases', async () => {
    const postgres = cleanup.add(await startPostgres());
    await postgres.createDatabase('one');
    await postgres.sql(`create table t(id int, name text); insert into t values (1, 'a'), (2, 'b')`, 'one');
    await postgres.createDatabase('two', 'one');
    await postgres.sql('delete from t where id = 1', 'two');
    expect(await postgres.sql('select * from t order by id', 'one')).toBe('1|a\n2|b');
    expect(await postgres.sql('select * from t order by id', 'two')).toBe('2|b');
  });

  it('keeps its data over a kill, and says what was wrong with a statement', async () => {
    const postgres = cleanup.add(await startPostgres({ fsync: 'on' }));
    await postgres.sql('create table t(id int); insert into t values (7)');
    await postgres.kill();
    await postgres.start();
    expect(await postgres.sql('select id from t')).toBe('7');
    await expect(postgres.sql('select * from nowhere')).rejects.toThrow('"nowhere" does not exist');
  });

  it('leaves nothing behind', async () => {
    const postgres = await startPostgres();
    await postgres.stop();
    await expect(access(postgres.ground.folder.path)).rejects.toThrow('ENOENT');
  });
});

describe('the programs of PostgreSQL', () => {
  it('are unpacked from packages where they are not installed', async () => {
    const { folder } = await fetchPostgres(cleanup.folder('postgres-cache'));
    await access(join(folder, 'postgres'));
  });
});
