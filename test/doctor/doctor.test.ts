import { DOCTOR_CHECKS, doctor } from '../../src/doctor/doctor';
import { cleanupAfterEach } from '../kit/cleanup';
import type { RedisSettings } from '../kit/redis-server';
import { complaints, startWorld, users } from './doctor-world';

const cleanup = cleanupAfterEach();

describe('the doctor', () => {
  it('finds nothing wrong in a good region, and says what it looked at', async () => {
    const { options, region } = await startWorld(cleanup);
    const writer = region.as('gateway');
    await writer.set('c:1', 'x', 'EX', 60);
    const findings = await doctor(options);
    expect(complaints(findings)).toEqual([]);
    const asked = new Set(findings.map(({ id }) => id));
    // No gateway runs here, and the primary region forwards nothing.
    expect(DOCTOR_CHECKS.map(({ id }) => id).filter((id) => !asked.has(id))).toEqual([
      'gateway',
      'primary-url',
      'shared-secret',
      'database',
      'read-replica',
    ]);
  });

  it('finds only what it cannot read where nobody gave it REDIS_PASSWORD', async () => {
    const { options } = await startWorld(cleanup);
    const findings = await doctor({ ...options, secret: undefined });
    const bad = findings.filter(({ severity, id }) => severity !== 'ok' && id !== 'distance');
    expect(bad.map(({ severity }) => severity)).not.toContain('error');
    for (const { what } of bad) expect(what).toContain('could not be read');
    // What INFO says, and what can be tried, it knows all the same.
    const known = findings.filter(({ severity }) => severity === 'ok').map(({ id }) => id);
    expect(known).toEqual(
      expect.arrayContaining(['replica-role', 'freshness', 'eviction', 'maxmemory', 'backlog', 'rights']),
    );
  });

  const SETTINGS: [name: string, complaint: string, ofPrimary: RedisSettings, ofRegion: RedisSettings][] = [
    ['a read-only replica', 'error writable', {}, { 'replica-read-only': 'yes' }],
    ['a replica that ignores its limit', 'error replica-eviction', {}, { 'replica-ignore-maxmemory': 'yes' }],
    ['a replica without a limit', 'error maxmemory', {}, { maxmemory: 0 }],
    ['a replica that evicts the log', 'error eviction', {}, { 'maxmemory-policy': 'allkeys-lru' }],
    ['a replica that evicts nothing', 'error eviction', {}, { 'maxmemory-policy': 'noeviction' }],
    ['a primary that evicts the log', 'error eviction', { 'maxmemory-policy': 'allkeys-lfu' }, {}],
    ['a small backlog', 'warning backlog', { 'repl-backlog-size': '1mb' }, {}],
    ['a backlog that is given up', 'warning backlog', { 'repl-backlog-ttl': 3600 }, {}],
    ['a primary that is slow to give up', 'warning link-timeout', { 'repl-timeout': 60 }, {}],
    ['a replica that is slow to give up', 'warning link-timeout', {}, { 'repl-timeout': 60 }],
    ['a primary that is rarely heard', 'warning link-timeout', { 'repl-ping-replica-period': 9 }, {}],
    ['a delayed resync', 'warning sync-delay', { 'repl-diskless-sync-delay': 1 }, {}],
    ['a log on no disk', 'warning persistence', { appendonly: 'no' }, {}],
    ['a gateway with all rights', 'warning excess-rights', {}, users('region', { gateway: '~* +@all' })],
    [
      'a gateway that may write to the log',
      'warning excess-rights',
      {},
      users('region', { gateway: '~purges +xadd' }),
    ],
    ['a gateway that may not keep entries', 'error rights', {}, users('region', { gateway: '-set' })],
    ['a purger that may not append', 'error rights', users('primary', { purger: '-xadd' }), {}],
  ];

  it.each(SETTINGS)('sees %s', async (_, complaint, ofPrimary, ofRegion) => {
    const { options } = await startWorld(cleanup, ofPrimary, ofRegion);
    const found = complaints(await doctor(options));
    expect(found).toContain(complaint);
    // And nothing else; but who may not append cannot be shown to be current either.
    expect(new Set(found.filter((each) => each !== 'error freshness')).size).toBe(1);
  });

  it('sees a read-only replica, and all that INFO tells, also without REDIS_PASSWORD', async () => {
    const { options } = await startWorld(cleanup, {}, { 'replica-read-only': 'yes', maxmemory: 0 });
    const found = complaints(await doctor({ ...options, secret: undefined }));
    expect(found).toEqual(expect.arrayContaining(['error writable', 'error maxmemory']));
  });
});
