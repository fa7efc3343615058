import { EPOCH_KEY, STREAM_KEY } from '../../purge/redis-log/wire';
import { error, ok, warning, type Observation, isSame, type DoctorCheck } from '../check';
import { isCluster, type ObservedRedis } from '../observed-redis';

/** Commands a gateway sends, with what stands for their arguments. */
const NEEDED = {
  /** for entries in a cluster, which refuses MGET */
  cluster: [['TIME'], ['GET', 'c:doctor'], ['SET', 'c:doctor', '', 'EX', '1']],
  regional: [
    ['INFO'],
    ['XINFO', 'STREAM', STREAM_KEY],
    ['XRANGE', STREAM_KEY, '-', '+', 'COUNT', '1'],
    ['XREAD', 'COUNT', '1', 'STREAMS', STREAM_KEY, '0-0'],
  ],
  cache: [['TIME'], ['MGET', 'c:doctor', 'c:examined'], ['SET', 'c:doctor', '', 'EX', '1']],
  primary: [['EVAL', 'return 0', '0'], ['INFO'], ['TIME']],
} as const;

/** What the script on the primary calls. It is not tried, for it would write: the proof of freshness shows that it may. */
const SCRIPTED = [
  ['EXISTS', STREAM_KEY],
  ['XLEN', STREAM_KEY],
  ['XINFO', 'STREAM', STREAM_KEY],
  ['XADD', STREAM_KEY, '*', 'h', ''],
  ['XTRIM', STREAM_KEY, 'MAXLEN', '~', '1000'],
  ['MEMORY', 'USAGE', STREAM_KEY],
  ['HMGET', EPOCH_KEY, 'n', 'r', 'p'],
  ['HSET', EPOCH_KEY, 'n', '1'],
] as const;

/** What a gateway should not be able to do: by mistake, or in another's hands, it would empty or falsify. */
const EXCESSIVE = [
  ['FLUSHALL'],
  ['KEYS', '*'],
  ['CONFIG', 'SET', 'maxmemory', '0'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['DEL', STREAM_KEY],
] as const;

/** Refused for its id wherever it is allowed, so that it can be tried: a record 0-0 cannot be. */
const STRAY_WRITE = ['XADD', STREAM_KEY, 'NOMKSTREAM', '0-0', 'h', ''] as const;

type Command = readonly string[];

export const RIGHTS_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'rights',
    title: 'may the gateway do what it must',
    needs: ['regional', 'cache', 'primary'],
    run: async ({ regional, cache, primary }) => {
      const ofRegion =
        regional === cache
          ? [await may(regional, [...NEEDED.regional, ...NEEDED.cache])]
          : [
              await may(regional, NEEDED.regional),
              await may(cache, isCluster(cache) ? NEEDED.cluster : NEEDED.cache),
            ];
      return [...ofRegion, await may(primary, NEEDED.primary, SCRIPTED)];
    },
  },
  {
    id: 'excess-rights',
    title: 'may it do no more',
    needs: ['regional', 'primary'],
    run: async ({ regional, primary }) =>
      isSame(regional, primary)
        ? [await mayNot(regional, EXCESSIVE)]
        : [await mayNot(regional, EXCESSIVE, STRAY_WRITE), await mayNot(primary, EXCESSIVE)],
  },
];

/** @param untried commands that only a dry run may answer for */
async function may(
  redis: ObservedRedis,
  commands: readonly Command[],
  untried: readonly Command[] = [],
): Promise<Observation> {
  const isAllowed = await dryRun(redis);
  const asked = isAllowed ? [...commands, ...untried] : commands;
  const refused = await filter(asked, async (command) => !(await (isAllowed ?? tryOut(redis))(command)));
  const who = `${redis.username} at ${redis.title}`;
  if (refused.length === 0) return ok(`${who} may do what a gateway must`);
  return error(
    `${who} may not: ${refused.map(([name]) => name).join(', ')}`,
    'Give it the rights that `lastmile docs accounts` lists, or let `lastmile redis` run the servers.',
  );
}

/** @param harmless a command that can be tried without a dry run */
async function mayNot(
  redis: ObservedRedis,
  commands: readonly Command[],
  harmless?: Command,
): Promise<Observation> {
  const isAllowed = await dryRun(redis);
  const all = [...(harmless ? [harmless] : []), ...(isAllowed ? commands : [])];
  const excess = await filter(all, isAllowed ?? tryOut(redis));
  const who = `${redis.username} at ${redis.title}`;
  if (excess.length > 0) {
    return warning(
      `${who} may also: ${excess.map((command) => command.slice(0, 2).join(' ')).join(', ')}`,
      'Give the gateway an account of its own, with the rights that `lastmile docs accounts` lists.',
    );
  }
  if (isAllowed) return ok(`${who} may not empty or falsify anything`);
  return warning(
    `what else ${who} may do could not be read`,
    'Give REDIS_PASSWORD where `lastmile redis` runs the servers, or look at it with ACL GETUSER.',
  );
}

type Ask = (command: Command) => Promise<boolean>;

/** ACL DRYRUN needs Redis 7 and the right to it: undefined without. */
async function dryRun({ reader, username }: ObservedRedis): Promise<Ask | undefined> {
  const ask: Ask = async (command) => (await reader.call('ACL', 'DRYRUN', username, ...command)) === 'OK';
  try {
    return (await ask(['PING'])) ? ask : undefined;
  } catch {
    // Not this version, or not this account.
    return undefined;
  }
}

function tryOut({ client }: ObservedRedis): Ask {
  return async ([name = '', ...parts]) => {
    try {
      await client.call(name, ...parts);
      return true;
    } catch (cause) {
      // Any other error comes after the question of rights: no such key, or an id that cannot be.
      return !(cause as Error).message.startsWith('NOPERM');
    }
  };
}

async function filter(commands: readonly Command[], keep: Ask): Promise<Command[]> {
  const kept: Command[] = [];
  for (const command of commands) if (await keep(command)) kept.push(command);
  return kept;
}
