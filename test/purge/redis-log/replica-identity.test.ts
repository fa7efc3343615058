import {
  compareIds,
  isSameReplica,
  readIdentity,
  type ReplicaIdentity,
} from '../../../src/purge/redis-log/feed';

const INFO = `# Server\r
redis_version:7.0.15\r
run_id:83fb357a065fa0063cd2440a10531edf223551cf\r
\r
# Replication\r
role:slave\r
master_host:10.0.0.1\r
master_replid:7c3f4831b247bb1ff7bd3b52bc9fe3561a00e61e\r
master_replid2:0000000000000000000000000000000000000000\r
master_repl_offset:315\r
repl_backlog_active:1\r
repl_backlog_size:1048576\r
repl_backlog_first_byte_offset:274\r
repl_backlog_histlen:42\r
`;

const replica: ReplicaIdentity = {
  runId: '83fb357a065fa0063cd2440a10531edf223551cf',
  role: 'slave',
  replicationId: '7c3f4831b247bb1ff7bd3b52bc9fe3561a00e61e',
  backlogStart: 274,
  backlogLength: 42,
  backlogSize: 1_048_576,
};

describe('the identity of a copy', () => {
  it('is read from INFO', () => expect(readIdentity(INFO)).toEqual(replica));

  it.each<[string, Partial<ReplicaIdentity>, boolean]>([
    ['nothing changed', {}, true],
    ['records came', { backlogLength: 90_000 }, true],
    ['the full backlog lost its beginning', { backlogStart: 9_000, backlogLength: 1_050_000 }, true],
    ['the backlog begins later and is not full', { backlogStart: 9_000, backlogLength: 1_000 }, false],
    ['the backlog begins earlier', { backlogStart: 1, backlogLength: 1_050_000 }, false],
    ['the server was restarted', { runId: 'another' }, false],
    ['it has another primary', { replicationId: 'another' }, false],
    ['it was promoted', { role: 'master' }, false],
  ])('tells whether it is the same when %s', (_, change, same) =>
    expect(isSameReplica(replica, { ...replica, ...change })).toBe(same),
  );

  it('is the process where the copy is the primary itself, whose backlog comes and goes', () => {
    const primary = { ...replica, role: 'master' };
    expect(
      isSameReplica(primary, { ...primary, backlogStart: 0, backlogLength: 0, replicationId: 'another' }),
    ).toBe(true);
    expect(isSameReplica(primary, { ...primary, runId: 'another' })).toBe(false);
  });
});

describe('ids of stream entries', () => {
  it.each([
    ['5-9', '5-10', -1],
    ['5-10', '5-9', 1],
    ['9-5', '10-0', -1],
    ['5-5', '5-5', 0],
    ['18446744073709551615-1', '9007199254740993-0', 1],
    ['18446744073709551614-0', '18446744073709551615-0', -1],
  ])('are compared as numbers, however large: %s and %s', (a, b, order) =>
    expect(compareIds(a, b)).toBe(order),
  );
});
