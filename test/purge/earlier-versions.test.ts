/**
 * What gateways of earlier protocols write, byte for byte: taken down from the last build that spoke each. It is written in logs
 * and sent between regions while an upgrade rolls, so that what is read here must not change with what is written.
 */
import { decodeEntry } from '../../src/cache/entry-codec';
import type { CacheKey } from '../../src/cache/entry';
import { isSealed, parsePurged } from '../../src/gateway/forward-mutation';
import { decodeList } from '../../src/gateway/warm/hot-list';
import { parseRequest, signerOf } from '../../src/gateway/warm/relay';
import { LOG_PROTOCOL } from '../../src/purge/log';
import { positionAt } from '../../src/purge/position';
import { decodeRecord, protocolOf } from '../../src/purge/redis-log/wire';
import { PurgeTable } from '../../src/purge/table';
import {
  ANY_SESSION,
  changeTag,
  entityTag,
  listTag,
  membershipTag,
  typeTag,
  type Tag,
} from '../../src/purge/tag';

const SECRET = 'known-to-gateways';
const SESSION = '@-G2iP6U4-9Tw0eFwwK71q8Haw2mflYcNNsp9Aqhbfc0' as Tag;
const EPOCH = 1795996189493;
const POST = entityTag('Post', 1);

/** Each purges Post:1. */
const PURGES: readonly [name: string, protocol: number, fields: string[]][] = [
  ['of protocol 1', 1, ['h', 'Post:1', 'h', 'Author:2']],
  ['of protocol 1 by a session', 1, ['h', 'Post:1', 'h', 'Author:2', 'h', SESSION]],
  ['of protocol 2', 2, ['h', '=2', 'h', 'Post:1', 'h', 'Author:2', 'h', SESSION]],
  ['of protocol 3', 3, ['h', '=3', 'h', 'Post:1', 'h', 'Author:2', 'h', SESSION]],
  ['of protocol 3 in a trace', 3, ['h', '=3', 'h', '=S_kvNXezTaajzpKdDg5HNgDwZ6oLqQK3', 'h', 'Post:1']],
];

/** The tags that an answer from before is no longer fresh by, once this was applied. */
function refused(fields: readonly string[], tags: readonly Tag[]): readonly Tag[] {
  const table = new PurgeTable();
  const begin = decodeRecord(`${EPOCH}-0`, ['b', '8b3abafe55229d202d49c5b249bef1dbfc27b430'])!;
  table.restart([begin]);
  table.apply(decodeRecord(`${EPOCH}-1`, fields)!);
  return tags.filter((tag) => table.verdict(begin.position, [tag]) !== 'fresh');
}

describe('a record', () => {
  it.each(PURGES)('P92 %s is known for one, and purges what it names', (_, protocol, fields) => {
    expect(protocolOf(fields)).toBe(protocol);
    const named = fields.includes(SESSION) ? [POST, SESSION] : [POST];
    expect(refused(fields, named)).toEqual(named);
    expect(refused(fields, [entityTag('Post', 2)])).toEqual([]);
  });

  // T5: it says nothing of the lists, so that nothing may be counted on.
  it.each(PURGES)('P92 %s purges any change of its types, and of their lists', (_, __, fields) => {
    const all = [changeTag('Post'), membershipTag('Post')];
    expect(refused(fields, all)).toEqual(all);
    expect(refused(fields, [changeTag('Shop'), membershipTag('Shop')])).toEqual([]);
  });

  it.each(PURGES)('P92 %s purges types whole only where it has no mark', (_, protocol, fields) => {
    const whole = [typeTag('Post'), listTag('Post'), ANY_SESSION];
    expect(refused(fields, whole)).toEqual(protocol === 1 ? whole : []);
    expect(decodeRecord(`${EPOCH}-1`, fields)?.isOlder).toBe(protocol === 1 ? true : undefined);
  });

  it.each([
    ['of protocol 1', ['s', 'Post:1', 's', '#hot']],
    ['of protocol 3', ['s', '=3', 's', 'Post:1', 's', '#hot']],
  ])('P92 %s that purges softly does', (_, fields) => {
    const { purges } = decodeRecord(`${EPOCH}-1`, fields)!;
    expect(new Set(purges.map(({ kind }) => kind))).toEqual(new Set(['soft']));
  });

  it('P92 of protocol 3 that says how far a database was captured is one, and no purge', () => {
    const fields = ['m', `${EPOCH}-1 7412/1/16/B374D848`];
    expect(protocolOf(fields)).toBeUndefined();
    expect(decodeRecord(`${EPOCH}-2`, fields)).toEqual({
      position: positionAt(EPOCH, 2),
      purges: [],
      known: positionAt(EPOCH, 1),
      database: { timeline: '7412/1', lsn: 0x16_b374_d848n },
    });
  });
});

describe('between regions', () => {
  it('P92 a mutation that an earlier gateway sent on is known for one', () => {
    const body = Buffer.from('{"query":"mutation { likePost(id: \\"1\\") { id } }"}');
    expect(isSealed('r1 POR513VQe2w_OqoazXOkL9QsugXu0BeHSHIgts0Y48k', SECRET, body)).toBe(true);
  });

  // By its tags nothing shows whether that was protocol 1, which tells less of a mutation.
  it('P92 of what an earlier gateway says that it purged the position is taken, to wait for its record', () => {
    const tags = 'WyJQb3N0OjEiXQ';
    expect(parsePurged(`${EPOCH}-1 ${tags}`)).toEqual([
      { position: positionAt(EPOCH, 1), purges: undefined },
    ]);
    expect(parsePurged(`- ${tags}`)).toEqual([
      { position: undefined, purges: [{ tag: 'Post:1', kind: 'hard' }] },
    ]);
  });

  it('P92 an earlier gateway that asks for an entry is understood, to be told of another key', () => {
    const body =
      '{"key":"W4WCkIkuA5KcMOrZgOknxYRWHQKi_GgvQ4sV7-A7EOI","query":{"text":"query Hot($x: ID = \\"1\\") { post(id: $x) { title } }",' +
      '"operationName":"Hot","variables":{"x":"1"},"parameters":"","headers":{}},"after":"1795996189493-0","inTurn":false,' +
      '"isAwaited":false,"nonce":"8v5exRVgJSFDBW7p"}';
    const header = 'r1 FyKXSPLTfvP-PKJtePHNwls82M7X-L169iO8fIp28CA';
    expect(signerOf(header, SECRET, Buffer.from(body))).toBe('r1');
    expect(parseRequest(body)).toMatchObject({
      key: 'W4WCkIkuA5KcMOrZgOknxYRWHQKi_GgvQ4sV7-A7EOI',
      query: { operationName: 'Hot', variables: { x: '1' } },
    });
  });
});

describe('in the Redis of a region', () => {
  it('P58 an entry of an earlier gateway is whole, so that its key alone keeps it apart', () => {
    const value = Buffer.from(
      'TE1FBBnV1WQrAAAABQAAAAIAAAAKAAAAAAAAACAAAAAAUDNwmyJ6QgAAAAAAAAAAAAAAAABAj0AAAAAAAMCCQAAAAAAAAAAAAAAAAAAAAABXNFdDa0lrdUE1S2NN' +
        'T3JaZ09rbnhZUldIUUtpX0dndlE0c1Y3LUE3RU9JImFiYyIGAAAABAAAAFBvc3Q6MVBvc3R7ImRhdGEiOnsicG9zdCI6eyJ0aXRsZSI6InQxIn19fQ==',
      'base64',
    );
    const key = (name: string) => name as CacheKey;
    expect(decodeEntry(key('W4WCkIkuA5KcMOrZgOknxYRWHQKi_GgvQ4sV7-A7EOI'), value)).toMatchObject({
      tags: ['Post:1', 'Post'],
      asOf: positionAt(EPOCH, 0),
    });
    expect(decodeEntry(key('of this version'), value)).toBe('unreadable');
  });

  it('P92 the list of what is asked for most is read by the next version', () => {
    const list = decodeList(
      '{"version":1,"at":1795996222120.2686,"queries":[{"query":{"text":"{ hotNumber }","variables":{},"parameters":"","headers":{}},"asked":3.5}]}',
    );
    expect(list?.queries).toEqual([
      { query: { text: '{ hotNumber }', variables: {}, parameters: '', headers: {} }, asked: 3.5 },
    ]);
  });
});

it('P92 the next protocol finds its records here as well', () =>
  expect(Math.max(...PURGES.map(([, protocol]) => protocol))).toBe(LOG_PROTOCOL - 1));
