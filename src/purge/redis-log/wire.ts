import { parsePosition } from '../position';
import { LOG_PROTOCOL, type Purge, type PurgeKind, type PurgeRecord } from '../log';
import { ANY_SESSION, listTag, typeOf, typeTag, type Tag } from '../tag';

/** The field names of a record. One letter each: a stream stores them once for a whole run of like records. */
const HARD = 'h';
const SOFT = 's';
/** Record 0 of an epoch, and no other: the replication id of the primary that began it. */
const BEGIN = 'b';
/** A record that purges nothing. */
const NOOP = 'm';

/**
 * What stands before the purges of a record, in the place of a tag that nothing carries: the protocol it was written by. A
 * gateway of the first protocol, which knows no such thing, reads a purge of nothing.
 */
const MARK = `=${LOG_PROTOCOL}`;
const ANY_MARK = /^=[1-9]\d*$/;

/** Of one record. Far below what Lua can unpack (about 8,000); a page of such records is some milliseconds' work. */
const MOST_PURGES = 100;

/** One array of fields and values for each record that these purges take; a no-op when there are none. */
export function encodeRecords(purges: readonly Purge[]): string[][] {
  if (purges.length === 0) return [[NOOP, '']];
  const records: string[][] = [];
  for (let start = 0; start < purges.length; start += MOST_PURGES) {
    const part = purges.slice(start, start + MOST_PURGES);
    const fields = part.flatMap(({ tag, kind }) => [kind === 'hard' ? HARD : SOFT, tag]);
    // Like its neighbour, so that a stream stores the name once.
    records.push([fields[0]!, MARK, ...fields]);
  }
  return records;
}

/**
 * @param id of a stream entry
 * @param fields its fields and values, in turn
 * @returns undefined for an entry that no gateway writes
 */
export function decodeRecord(id: string, fields: readonly string[]): PurgeRecord | undefined {
  const position = parsePosition(id);
  if (!position || fields.length === 0) return undefined;
  const isBegin = fields[0] === BEGIN;
  if (isBegin !== (position.seq === 0)) return undefined;
  if (isBegin || fields[0] === NOOP) return fields.length === 2 ? { position, purges: [] } : undefined;
  const purges: Purge[] = [];
  const isMarked = ANY_MARK.test(fields[1]!);
  for (let i = isMarked ? 2 : 0; i < fields.length; i += 2) {
    const field = fields[i];
    if (field !== HARD && field !== SOFT) return undefined;
    purges.push({ tag: fields[i + 1] as Tag, kind: field === HARD ? 'hard' : 'soft' });
  }
  return isMarked ? { position, purges } : { position, purges: meantByOlder(purges), isOlder: true };
}

/**
 * What a gateway of the first protocol may have meant by a record: it knew of no sessions, and told less of what a mutation
 * touches. So it is taken for a purge of the types whole, and of all private answers.
 */
function meantByOlder(purges: readonly Purge[]): readonly Purge[] {
  const kinds = new Map<Tag, PurgeKind>();
  const add = (tag: Tag, kind: PurgeKind): void => {
    // A hard purge does all that a soft one does.
    if (kind === 'hard' || !kinds.has(tag)) kinds.set(tag, kind);
  };
  for (const { tag, kind } of purges) {
    add(tag, kind);
    const type = typeOf(tag);
    if (type === undefined) continue;
    add(typeTag(type), kind);
    add(listTag(type), kind);
  }
  for (const { kind } of purges) add(ANY_SESSION, kind);
  return Array.from(kinds, ([tag, kind]) => ({ tag, kind }));
}

/**
 * The stream, and the hash that says which primary began its present epoch: { n: the epoch, r: replication id, p: the highest
 * protocol that a gateway here has spoken }.
 */
export const STREAM_KEY = 'purges';
export const EPOCH_KEY = 'purges:epoch';

/**
 * Appends a record, or only touches the log, in one step on the primary.
 *
 * KEYS: stream, epoch hash. ARGV: the protocol spoken, the greatest number of records to retain, then the record's fields and
 * values; none to touch. Returns the id of the record, or the last id, and after a space the highest protocol spoken here.
 *
 * Every rule has its reason in PROTOCOL.md, under the number beside it.
 */
export const APPEND_OR_TOUCH = `
-- L1 only the primary may write
local info = redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('NOTPRIMARY this Redis is a replica: the purge log is written on its primary')
end
local replid = string.match(info, 'master_replid:(%x+)')

local epoch = redis.call('HMGET', KEYS[2], 'n', 'r', 'p')

-- L7 which protocol is spoken here
if tonumber(epoch[3] or 0) < tonumber(ARGV[1]) then
  epoch[3] = ARGV[1]
  redis.call('HSET', KEYS[2], 'p', epoch[3])
end
local spoken = ' ' .. epoch[3]

-- The usual case: the same primary, and a stream that takes the record into this epoch. Anything else is looked at below.
if #ARGV > 2 and epoch[2] == replid and redis.call('EXISTS', KEYS[1]) == 1 then
  -- L4 ids without a gap, L5 a bounded log
  local id = redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], epoch[1] .. '-*', unpack(ARGV, 3))
  if type(id) == 'string' then return id .. spoken end
end

local last, lastKept
if redis.call('XLEN', KEYS[1]) > 0 then
  local stream = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #stream, 2 do
    if stream[i] == 'last-generated-id' then last = stream[i + 1] end
    if stream[i] == 'last-entry' then lastKept = stream[i + 1][1] end
  end
end

local lastEpoch = last and string.match(last, '^%d+')
-- L2 a new epoch whenever this log may not be the one that was appended to last
if epoch[2] ~= replid or last ~= lastKept or lastEpoch ~= epoch[1] then
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
  -- L3 no two runs have the same number
  local own = (tonumber(string.sub(replid, 1, 4), 16) + time[2]) % 65536
  local n = math.max(now - own, (tonumber(lastEpoch) or 0) + 1 + own, (tonumber(epoch[1]) or 0) + 1 + own)
  epoch[1] = string.format('%.0f', n)
  redis.call('HSET', KEYS[2], 'n', epoch[1], 'r', replid)
  last = redis.call('XADD', KEYS[1], epoch[1] .. '-*', 'b', replid)
end

if #ARGV == 2 then return last .. spoken end
return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[2], epoch[1] .. '-*', unpack(ARGV, 3)) .. spoken
`;
