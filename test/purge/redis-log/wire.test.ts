import type Redis from 'ioredis';
import type { Purge } from '../../../src/purge/log';
import { isContiguous, parsePosition, positionAt, type Position } from '../../../src/purge/position';
import { decodeRecord, encodeRecords } from '../../../src/purge/redis-log/wire';
import { RedisLog } from '../../../src/purge/redis-log/redis-log';
import { entityTag } from '../../../src/purge/tag';
import { LastmileError } from '../../../src/report/error';
import { cleanupAfterAll, cleanupAfterEach } from '../../kit/cleanup';
import { startPrimary, startReplica, type Replica } from '../../kit/redis-region';
import type { RedisServer } from '../../kit/redis-server';
import { follow, hard } from '../log-contract';

const servers = cleanupAfterAll();
const cleanup = cleanupAfterEach();
let primary: RedisServer;
let replica: Replica;
let redis: Redis;
let log: RedisLog;

beforeAll(async () => {
  primary = servers.add(await startPrimary());
  replica = servers.add(await startReplica(primary));
  await replica.inSync();
  redis = primary.client();
});

beforeEach(async () => {
  await redis.flushall();
  log = cleanup.add(new RedisLog({ url: primary.url, primaryTimeoutMs: 20_000 }));
});

async function lastEntries(count: number): Promise<[string, string[]][]> {
  return (await redis.xrevrange('purges', '+', '-', 'COUNT', count)).toReversed();
}

describe('the log on the primary', () => {
  it('begins with a record 0 that says which primary began it, and goes on without a gap', async () => {
    const replicationId = /master_replid:(\w+)/.exec(await redis.info('replication'))?.[1];
    const first = await log.append(hard(1));
    const second = await log.append(hard(2));
    const entries = await lastEntries(10);
    expect(entries.map(([, fields]) => fields)).toEqual([
      ['b', replicationId],
      ['h', '=4', 'h', 'P:1'],
      ['h', '=4', 'h', 'P:2'],
    ]);
    expect(entries.map(([id]) => parsePosition(id)?.seq)).toEqual([0, 1, 2]);
    expect(isContiguous(first, second)).toBe(true);
    expect(await redis.hgetall('purges:epoch')).toEqual({
      n: String(first.epoch),
      r: replicationId,
      p: '4',
      a: expect.stringMatching(new RegExp(`^${first.epoch}-2 \\d+ \\d+$`)),
    });
    expect(await redis.ttl('purges')).toBe(-1);
    expect(await redis.ttl('purges:epoch')).toBe(-1);
  });

  let ahead = Date.now() + 1_000_000_000;
  const idAhead = (): string => `${(ahead += 1_000_000)}-7`;

  /** What may happen to the log on the primary, so that it may not be the one that was appended to last. */
  const breaks: [name: string, breakLog: () => Promise<unknown>][] = [
    ['its stream was deleted', () => redis.del('purges')],
    ['its stream was emptied', () => redis.xtrim('purges', 'MAXLEN', 0)],
    ['everything was deleted', () => redis.flushall()],
    ['the newest record was deleted', async () => redis.xdel('purges', (await lastEntries(1))[0]![0])],
    ['somebody wrote a record with an id of another kind', () => redis.xadd('purges', idAhead(), 'h', 'P:1')],
    ['somebody moved the last id', () => redis.call('XSETID', 'purges', idAhead())],
    ['its hash was deleted', () => redis.del('purges:epoch')],
    ['another primary began the epoch', () => redis.hset('purges:epoch', 'r', 'another')],
  ];

  it.each(breaks)('begins a new epoch when it is touched after %s', async (_, breakLog) => {
    const last = await log.append(hard(1));
    await breakLog();
    const next = await log.lastPosition();
    expect(next).toMatchObject({ seq: 0 });
    expect(next.epoch).not.toBe(last.epoch);
    const [entry] = await lastEntries(1);
    expect(decodeRecord(...entry!)).toEqual({ position: next, purges: [] });
  });

  it.each(breaks)('leaves no follower without the record that is appended after %s', async (_, breakLog) => {
    const witness = await follow(log);
    await witness.reaches(await log.append(hard(1)));
    const asOf = witness.table.position;
    await breakLog();
    const next = await log.append(hard(2));
    // Into the same epoch without a gap, or into a new one behind its record 0.
    expect(isContiguous(asOf, next) || (next.epoch !== asOf.epoch && next.seq === 1)).toBe(true);
    await witness.reaches(next);
    expect(witness.table.position).toEqual(next);
    expect(witness.table.verdict(asOf, [entityTag('P', 2)])).not.toBe('fresh');
  });

  it('begins a later epoch than any it knows of, whatever its clock says', async () => {
    const future = Date.now() + 1_000_000_000;
    await redis.hset('purges:epoch', 'n', String(future), 'r', 'another');
    const fromHash = await log.lastPosition();
    expect(fromHash.epoch).toBeGreaterThan(future);
    await redis.del('purges:epoch');
    expect((await log.lastPosition()).epoch).toBeGreaterThan(fromHash.epoch);
  });

  it('keeps an order through a new epoch, and gives it to whoever touches the log', async () => {
    const order = { number: 3, serve: false, without: ['A*'] };
    expect(await log.keepOrder(order)).toEqual(order);
    await log.lastPosition();
    const records = await redis.xlen('purges');
    // Who says it again wakes nobody: after a failover all gateways do.
    expect(await log.keepOrder(order)).toEqual(order);
    await log.lastPosition();
    expect(await redis.xlen('purges')).toBe(records);
    await redis.hset('purges:epoch', 'r', 'another');
    await log.lastPosition();
    expect(log.heldOrder).toEqual(order);
    expect(await log.keepOrder({ ...order, serve: true })).toEqual(order);
    expect(await log.keepOrder({ ...order, number: 2 })).toEqual(order);
    // An answer under way to an earlier question is not the later word.
    const [, later] = await Promise.all([log.lastPosition(), log.keepOrder({ ...order, number: 4 })]);
    expect(log.heldOrder).toEqual(later);
  });

  it('tells who touches it for how long its last record has been there, and no copy', async () => {
    const position = await log.append(hard(1));
    expect(await log.lastPosition()).toEqual(position);
    expect(log.lastAppend?.position).toEqual(position);
    expect(log.lastAppend?.agoMs).toBeGreaterThanOrEqual(0);
    const before = log.lastAppend!.agoMs;
    await log.lastPosition();
    expect(log.lastAppend!.agoMs).toBeGreaterThan(before);
    await replica.inSync();
    const copy = replica.client();
    expect(await copy.hget('purges:epoch', 'n')).toBe(String(position.epoch));
    expect(await copy.hget('purges:epoch', 'a')).toBeNull();
    copy.disconnect();
  });

  it('does not tell that of a record that it did not append', async () => {
    const { epoch, seq } = await log.append(hard(1));
    await redis.xadd('purges', `${epoch}-${seq + 1}`, 'h', '=4', 'h', 'P:2');
    await log.lastPosition();
    expect(log.lastAppend).toBeUndefined();
    await log.append(hard(3));
    await redis.hset('purges:epoch', 'a', `${epoch}-${seq + 2} 99999999999 0`);
    await log.lastPosition();
    expect(log.lastAppend).toBeUndefined();
  });

  it('lets two primaries with the same past choose different numbers', async () => {
    const copy = servers.add(await startReplica(primary));
    await log.append(hard(1));
    await copy.inSync();
    // Both see the same last epoch, and a clock that is far behind it.
    const future = String(Date.now() + 1_000_000_000);
    await copy.command('REPLICAOF', 'NO', 'ONE');
    await redis.hset('purges:epoch', 'n', future);
    await copy.command('HSET', 'purges:epoch', 'n', future);
    const other = cleanup.add(new RedisLog({ url: copy.url }));
    expect((await other.lastPosition()).epoch).not.toBe((await log.lastPosition()).epoch);
  });

  it('writes nothing when it is only touched', async () => {
    await log.lastPosition();
    const offset = async (): Promise<string | undefined> =>
      /"?rdb_changes_since_last_save:(\d+)/.exec(await redis.info('persistence'))?.[1];
    const before = await offset();
    for (let i = 0; i < 10; i++) await log.lastPosition();
    expect(await offset()).toBe(before);
  });

  it('P92 says which protocol was written last, from the first question on, and never a lower number', async () => {
    await redis.hset('purges:epoch', 'n', '5', 'r', 'another');
    await log.lastPosition();
    expect(await redis.hget('purges:epoch', 'p')).toBe('4');
    await redis.hdel('purges:epoch', 'p');
    const { epoch } = await log.append(hard(1));
    expect(await redis.hget('purges:epoch', 'p')).toBe('4');
    await redis.hset('purges:epoch', 'p', '5');
    const told: unknown[] = [];
    const older = cleanup.add(new RedisLog({ url: primary.url, onNewer: () => told.push('newer') }));
    expect((await older.append(hard(2))).epoch).toBe(epoch);
    await older.lastPosition();
    expect(await redis.hget('purges:epoch', 'p')).toBe('5');
    expect(told).toEqual(['newer']);
  });

  it('refuses to be written on a replica', async () => {
    const astray = cleanup.add(new RedisLog({ url: replica.url }));
    await expect(astray.append(hard(1))).rejects.toMatchObject({ code: 'PURGE_NOT_ACKNOWLEDGED' });
    await expect(astray.lastPosition()).rejects.toMatchObject({ code: 'PRIMARY_UNREACHABLE' });
    expect(await replica.command('EXISTS', 'purges')).toBe(0);
  });

  it('is written by a server that has forgotten the script', async () => {
    const before = await log.append(hard(1));
    await redis.script('FLUSH');
    expect(isContiguous(before, await log.append(hard(2)))).toBe(true);
  });

  it('says that a purge was not acknowledged when the server refuses it, and nothing of the server', async () => {
    await redis.set('purges', 'not a stream');
    const error = await log.append(hard(1)).catch((failure: unknown) => failure);
    expect(error).toBeInstanceOf(LastmileError);
    expect((error as LastmileError).code).toBe('PURGE_NOT_ACKNOWLEDGED');
    expect((error as LastmileError).message).not.toMatch(/redis|WRONGTYPE|127\.0\.0\.1/i);
    expect((error as LastmileError).detail).toContain('WRONGTYPE');
  });
});

const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('records', () => {
  it.each<[string, string, string[]]>([
    ['a field of another kind', '5-1', ['x', 'P:1']],
    ['a field of another kind after a good one', '5-1', ['h', 'P:1', 'x', 'P:2']],
    ['a record 0 that begins nothing', '5-0', ['h', 'P:1']],
    ['a beginning that is not record 0', '5-1', ['b', 'abc']],
    ['a beginning that purges', '5-0', ['b', 'abc', 'h', 'P:1']],
    ['a no-op that purges', '5-1', ['m', '', 'h', 'P:1']],
    ['nothing', '5-1', []],
    ['an id that is no position', '18446744073709551615-1', ['h', 'P:1']],
  ])('are not read from %s', (_, id, fields) => expect(decodeRecord(id, fields)).toBeUndefined());

  it('survive being written and read, in parts of bounded size', () => {
    const purges = hard(...Array.from({ length: 1_001 }, (_, id) => id));
    const parts = encodeRecords(purges);
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(202);
    expect(parts.flatMap((part, seq) => decodeRecord(`5-${seq + 1}`, part)?.purges)).toEqual(purges);
    expect(encodeRecords([]).map((part) => decodeRecord('5-1', part)?.purges)).toEqual([[]]);
  });

  it('say which of them keep lists as they are, and to earlier gateways no more than before', () => {
    const keeping = (id: number): Purge => ({ tag: entityTag('P', id), kind: 'hard', keepsLists: true });
    const purges = Array.from({ length: 250 }, (_, id) => (id % 3 === 0 ? keeping(id) : hard(id)[0]!));
    const parts = encodeRecords(purges);
    const byTag = (some: readonly Purge[]) => some.toSorted((one, other) => (one.tag < other.tag ? -1 : 1));
    expect(byTag(parts.flatMap((part) => decodeRecord('5-1', part)!.purges))).toEqual(byTag(purges));
    const [traced] = encodeRecords([hard(1)[0]!, keeping(2), keeping(3)], TRACE);
    expect(traced!.slice(4)).toEqual(['h', 'P:1', 'h', '=[]', 'h', 'P:2', 'h', 'P:3']);
    expect(encodeRecords(hard(1, 2))[0]).toEqual(['h', '=4', 'h', 'P:1', 'h', 'P:2']);
    expect(decodeRecord('5-1', encodeRecords([{ ...keeping(1), kind: 'soft' }])[0]!)?.purges).toEqual([
      { tag: 'P:1', kind: 'soft', keepsLists: true },
    ]);
  });

  it('keep a soft purge soft', () => {
    const tag = entityTag('P', 1);
    const [fields = []] = encodeRecords([{ tag, kind: 'soft' }]);
    expect(decodeRecord('5-1', fields)?.purges).toEqual([{ tag, kind: 'soft' }]);
  });

  it('carry the trace in which they were made, and not a byte where there is none', () => {
    const purges = hard(1);
    expect(encodeRecords(purges)).toEqual([['h', '=4', 'h', 'P:1']]);
    const [traced] = encodeRecords(purges, TRACE);
    expect(traced).toEqual(['h', '=4', 'h', expect.stringMatching(/^=[\w-]{32}$/), 'h', 'P:1']);
    expect(decodeRecord('7-1', traced!)).toEqual({ position: positionAt(7, 1), purges, trace: TRACE });
    expect(encodeRecords(purges, 'no traceparent')).toEqual(encodeRecords(purges));
  });

  it('of several carry it in the last, with which all have come', () => {
    const purges = Array.from({ length: 250 }, (_, at) => hard(at)[0]!);
    const traces = encodeRecords(purges, TRACE).map((fields) => decodeRecord('7-1', fields)?.trace);
    expect(traces).toEqual([undefined, undefined, TRACE]);
  });

  it('P92 of a trace are read by gateways that know of none, with all their tags', () => {
    const [fields] = encodeRecords(hard(1), TRACE);
    // What a gateway reads that takes each pair behind the mark for a purge.
    const pairs = fields!.slice(2);
    expect(pairs.filter((_, at) => at % 2 === 0)).toEqual(['h', 'h']);
    // No answer carries a tag that begins so.
    expect(pairs[1]).toMatch(/^=/);
    expect(pairs[3]).toBe('P:1');
  });

  it('P92 of an earlier gateway stand for their types whole, and for all private answers', () => {
    const fields = ['h', 'P:1', 's', '[Q]', 'h', 'R', 'h', '#declared:x', 'h', '*'];
    const record = decodeRecord('5-1', fields)!;
    expect(record.isOlder).toBe(true);
    const texts = record.purges.map(({ tag, kind }) => `${kind} ${tag}`);
    expect(texts.sort()).toEqual(
      [
        'hard P:1',
        'hard P',
        'hard [P]',
        'soft [Q]',
        'soft Q',
        'hard R',
        'hard [R]',
        'hard #declared:x',
        'hard *',
        'hard @',
      ].sort(),
    );
    expect(decodeRecord('5-1', ['s', 'P:1'])?.purges.at(-1)).toEqual({ tag: '@', kind: 'soft' });
    // What purges nothing says nothing of who wrote it.
    expect(decodeRecord('5-1', ['m', ''])).toEqual({ position: positionAt(5, 1), purges: [] });
  });

  it('P92 of this gateway and of later ones are what they say', () => {
    for (const mark of ['=3', '=4', '=17']) {
      const record = decodeRecord('5-1', ['h', mark, 'h', 'P:1']);
      expect(record).toEqual({ position: positionAt(5, 1), purges: hard(1) });
    }
    // No tag begins like that; what looks like one and is none is not passed over.
    expect(decodeRecord('5-1', ['h', '=x', 'h', 'P:1'])?.isOlder).toBe(true);
  });

  it('P92 are read by an earlier gateway, which knows no mark, with all their tags', () => {
    for (const purges of [hard(1, 2, 3), [{ tag: entityTag('P', 1), kind: 'soft' as const }]])
      for (const fields of encodeRecords(purges)) {
        const tags = fields.filter((_, at) => at % 2 === 1);
        expect(fields.filter((_, at) => at % 2 === 0).every((name) => /^[hs]$/.test(name))).toBe(true);
        for (const { tag } of purges) expect(tags).toContain(tag);
      }
  });

  it('have positions that compare as Redis orders their ids', async () => {
    const first: Position = await log.lastPosition();
    for (let i = 0; i < 11; i++) await log.append(hard(i));
    const ids = (await lastEntries(20)).map(([id]) => parsePosition(id)?.seq);
    expect(ids).toEqual([...Array(12).keys()]);
    expect(first.seq).toBe(0);
  });
});
