import { formatDatabasePosition, parseDatabasePosition, type DatabasePosition } from '../database-position';
import { formatPosition, parsePosition, type Position } from '../position';
import type { Purge, PurgeKind, PurgeRecord } from '../log';
import { markKeeping, readKeeping } from '../keeping-lists';
import { PROTOCOL_MARK, protocolOfMark } from '../protocol-mark';
import { formatTraceparent, parseTraceparent } from '../../report/trace';
import { ANY_SESSION, listTag, typeOf, typeTag, type Tag } from '../tag';

/** The field names of a record. One letter each: a stream stores them once for a whole run of like records. */
const HARD = 'h';
const SOFT = 's';
/** Record 0 of an epoch, and no other: the replication id of the primary that began it. */
const BEGIN = 'b';
/** A record that purges nothing. One with a value is a record `known`, which gateways of earlier protocols take for one without. */
const NOOP = 'm';

/**
 * Of a purge that was made in a trace: what stands behind the mark, likewise in the place of a tag that nothing carries, and so
 * that earlier gateways read a purge of nothing. 24 bytes of base64url: the trace, and the span in it.
 */
const TRACED = /^=([\w-]{32})$/;

function packTrace(traceparent: string): string | undefined {
  const ids = parseTraceparent(traceparent);
  return ids && `=${Buffer.from(ids.traceId + ids.spanId, 'hex').toString('base64url')}`;
}

/** @returns a `traceparent`; undefined where there is none */
function unpackTrace(value: string | undefined): string | undefined {
  const [, packed] = TRACED.exec(value ?? '') ?? [];
  if (packed === undefined) return undefined;
  const ids = Buffer.from(packed, 'base64url').toString('hex');
  return formatTraceparent({ traceId: ids.slice(0, 32), spanId: ids.slice(32), isSampled: true });
}

/** Of one record. Far below what Lua can unpack (about 8,000); a page of such records is some milliseconds' work. */
const MOST_PURGES = 100;

/**
 * One array of fields and values for each record that these purges take; a no-op when there are none.
 * @param traceparent of the trace they were made in: the last record carries it, for when it has come all have
 */
export function encodeRecords(purges: readonly Purge[], traceparent?: string): string[][] {
  if (purges.length === 0) return [[NOOP, '']];
  const records: string[][] = [];
  for (let start = 0; start < purges.length; start += MOST_PURGES) {
    const part = markKeeping(purges.slice(start, start + MOST_PURGES));
    const fields = part.flatMap(({ tag, kind }) => [kind === 'hard' ? HARD : SOFT, tag]);
    // Like its neighbour, so that a stream stores the name once.
    const isLast = start + MOST_PURGES >= purges.length;
    const traced = isLast && traceparent !== undefined ? packTrace(traceparent) : undefined;
    records.push([
      fields[0]!,
      PROTOCOL_MARK,
      ...(traced === undefined ? [] : [fields[0]!, traced]),
      ...fields,
    ]);
  }
  return records;
}

/** The fields and values of a record `known`. */
export function encodeKnown(asOf: Position, database: DatabasePosition): string[] {
  return [NOOP, `${formatPosition(asOf)} ${formatDatabasePosition(database)}`];
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
  if (isBegin || fields[0] === NOOP) {
    if (fields.length !== 2) return undefined;
    return { position, purges: [], ...(!isBegin && decodeKnown(fields[1]!)) };
  }
  const purges: Purge[] = [];
  const isMarked = protocolOfMark(fields[1]) !== undefined;
  const isPurge = (field: string | undefined): boolean => field === HARD || field === SOFT;
  const trace = isMarked && isPurge(fields[2]) ? unpackTrace(fields[3]) : undefined;
  for (let i = (isMarked ? 2 : 0) + (trace === undefined ? 0 : 2); i < fields.length; i += 2) {
    const field = fields[i];
    if (!isPurge(field)) return undefined;
    purges.push({ tag: fields[i + 1] as Tag, kind: field === HARD ? 'hard' : 'soft' });
  }
  if (isMarked) return { position, purges: readKeeping(purges), ...(trace !== undefined && { trace }) };
  return { position, purges: meantByOlder(purges), isOlder: true };
}

/**
 * @param fields of a stream entry, in turn with their values
 * @returns the protocol that a purge was written by; undefined for a record of another kind, which has no mark
 */
export function protocolOf([field, mark]: readonly string[]): number | undefined {
  if (field !== HARD && field !== SOFT) return undefined;
  // The first had none.
  return protocolOfMark(mark) ?? 1;
}

/** @returns undefined for an ordinary no-op */
function decodeKnown(value: string): Pick<PurgeRecord, 'known' | 'database'> | undefined {
  const [asOf = '', at = ''] = value.split(' ');
  const known = parsePosition(asOf);
  const database = parseDatabasePosition(at);
  return known && database && { known, database };
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
 * protocol that a gateway here has spoken, c: an order on how the caches are to be used, d: how far a database was captured, w: the mark of
 * those who look, a: which record was appended when }.
 */
export const STREAM_KEY = 'purges';
export const EPOCH_KEY = 'purges:epoch';
/** What regions report while a dashboard shows all of them: see "Looking" in PROTOCOL.md. */
export const REGIONS_KEY = 'purges:regions';
/** The field of the hash that changes while one does. */
export const LOOK_FIELD = 'w';

/** Bytes a record takes at least: by them a log is bounded whose size the script may not ask for. Measured. */
const LEAST_RECORD_BYTES = 30;

/** What {@link APPEND_OR_TOUCH} is told of the bounds, in its order. */
export function boundsOf({
  maxBytes,
  retainSeconds,
}: {
  readonly maxBytes: number;
  readonly retainSeconds: number;
}): [maxBytes: number, retainSeconds: number, maxRecords: number] {
  return [maxBytes, Math.ceil(retainSeconds), Math.ceil(maxBytes / LEAST_RECORD_BYTES)];
}

/** An answer of {@link APPEND_OR_TOUCH}. */
export interface ScriptAnswer {
  readonly position: Position;
  /** the highest protocol that a gateway has spoken there */
  readonly spoken: number;
  /** the primary has no memory left: history was given up for this record */
  readonly isFull: boolean;
}

/** @throws Error when it is none */
export function readScriptAnswer(text: string): ScriptAnswer {
  const [id = '', spoken, full] = text.split(' ');
  const position = parsePosition(id);
  if (!position) throw new Error(`the log's last id is no position: ${id}`);
  return { position, spoken: Number(spoken), isFull: full === 'full' };
}

/**
 * Appends a record, or only touches the log, in one step on the primary.
 *
 * KEYS: stream, epoch hash. ARGV: the protocol spoken; the bounds of the log: bytes, seconds, records; then the record's fields
 * and values, none to touch. Returns the id of the record, or the last id; after a space the highest protocol spoken here; after
 * another `full` when the primary has no memory left. Touched, beside that the order that is held and the mark of those who look,
 * if any, and for how many microseconds the last record has been there, if that is known.
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

-- Where this account may not ask or trim, the log is bounded by its records alone.
local function trim(...) redis.pcall('XTRIM', KEYS[1], ...) end

-- L5 The log is bounded by bytes: those asked for, and half of what Redis may take
local function trimByBytes()
  local bytes = redis.pcall('MEMORY', 'USAGE', KEYS[1])
  local memory = redis.pcall('INFO', 'memory')
  local most = tonumber(ARGV[2])
  local limit = type(memory) == 'string' and tonumber(string.match(memory, 'maxmemory:(%d+)')) or 0
  if limit > 0 then most = math.min(most, limit / 2) end
  if type(bytes) ~= 'number' or bytes <= most then return end
  local kept = redis.call('XLEN', KEYS[1]) * most / bytes * 0.9
  trim('MAXLEN', '~', string.format('%.0f', kept))
end

-- L5 and by age. Ids hold no time, so now and then it is written down which id there was: t = epoch|width|time:seq,time:seq
local function trimByAge(number)
  local age = tonumber(ARGV[3])
  local width = math.max(1, math.ceil(age / 60))
  local time = math.floor(redis.call('TIME')[1] / width)
  local head = epoch[1] .. '|' .. width .. '|'
  local told = redis.call('HMGET', KEYS[2], 't')[1] or ''
  local marks, oldest = {}, '0'
  if string.sub(told, 1, #head) == head then
    for at, seq in string.gmatch(string.sub(told, #head + 1), '(%d+):(%d+)') do
      -- A clock that went back says nothing of what is old.
      if tonumber(at) > time then marks = {} break end
      if (at + 1) * width <= (time * width) - age then oldest = seq else marks[#marks + 1] = at .. ':' .. seq end
    end
  end
  -- Of earlier epochs nothing is needed.
  trim('MINID', '~', epoch[1] .. '-' .. oldest)
  local last = marks[#marks]
  if not last or tonumber(string.match(last, '^%d+')) ~= time then
    marks[#marks + 1] = string.format('%.0f:%.0f', time, number)
  end
  local text = head .. table.concat(marks, ',')
  if text ~= told then redis.call('HSET', KEYS[2], 't', text) end
end

-- M1 when it was, for the answer to a touch. Neither replicated nor kept in the AOF: it says something of this primary alone
local function noteTime(id)
  local time = redis.call('TIME')
  redis.set_repl(redis.REPL_NONE)
  redis.pcall('HSET', KEYS[2], 'a', id .. ' ' .. time[1] .. ' ' .. time[2])
  redis.set_repl(redis.REPL_ALL)
end

-- M1 microseconds since then
local function ageOf(id, noted)
  local notedId, seconds, microseconds = string.match(noted or '', '^(%S+) (%d+) (%d+)$')
  if notedId ~= id then return false end
  local time = redis.call('TIME')
  return (time[1] - seconds) * 1000000 + time[2] - microseconds
end

local function appended(id, full)
  noteTime(id)
  local number = tonumber(string.match(id, '%d+$'))
  if number % 64 == 0 then
    trimByBytes()
    trimByAge(number)
  end
  return id .. spoken .. full
end

local function add()
  return redis.pcall('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], epoch[1] .. '-*', unpack(ARGV, 5))
end

-- The usual case: the same primary, and a stream that takes the record into this epoch. Anything else is looked at below.
if #ARGV > 4 and epoch[2] == replid and redis.call('EXISTS', KEYS[1]) == 1 then
  -- L4 ids without a gap
  local id = add()
  if type(id) == 'string' then return appended(id, '') end
  if string.find(id.err, 'OOM', 1, true) then
    -- L8 history is given up for a purge. Once a script has written, Redis lets it go on.
    trim('MAXLEN', string.format('%.0f', math.max(1000, math.floor(redis.call('XLEN', KEYS[1]) / 2))))
    id = add()
    if type(id) == 'string' then return appended(id, ' full') end
    return id
  end
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

if #ARGV == 4 then
  local held = redis.call('HMGET', KEYS[2], 'c', 'w', 'a')
  return {last .. spoken, held[1], held[2], ageOf(last, held[3])}
end
local id = add()
if type(id) ~= 'string' then return id end
return appended(id, '')
`;

/**
 * Holds an order, unless one with as high a number is held. KEYS: epoch hash. ARGV: its number, its text. Returns what is
 * held then, and 1 where that is news. See "Orders" in PROTOCOL.md.
 */
export const KEEP_ORDER = `
local info = redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('NOTPRIMARY this Redis is a replica: orders are kept on its primary')
end
local held = redis.call('HMGET', KEYS[1], 'c')[1]
if held and (tonumber(string.match(held, '^%d+') or 0)) >= tonumber(ARGV[1]) then return {held, 0} end
redis.call('HSET', KEYS[1], 'c', ARGV[2])
return {ARGV[2], 1}
`;

/**
 * Holds how far a database was captured, unless a later process has said so. KEYS: epoch hash. ARGV: its generation, its text.
 * Returns 1 where it is held. See "A database's log" in PROTOCOL.md.
 */
export const KEEP_CAPTURED = `
local info = redis.call('INFO', 'replication')
if not string.find(info, 'role:master', 1, true) then
  return redis.error_reply('NOTPRIMARY this Redis is a replica: what was captured is kept on its primary')
end
local held = redis.call('HMGET', KEYS[1], 'd')[1]
if held and (tonumber(string.match(held, '^%d+') or 0)) > tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'd', ARGV[2])
return 1
`;
