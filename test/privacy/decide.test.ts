import { UrlParameters } from '../../src/gateway/url-parameters';
import { compiled, knowledgeOf } from '../answer/harness';
import { Client } from '../../src/gateway/client';
import { decide } from '../../src/gateway/rules';
import { bind, cacheKeyOf } from '../../src/operation/bound-operation';
import { createSessions } from '../../src/gateway/session';
import { CANARY_SDL } from './canary-origin';

const SETTINGS = {
  serve: true,
  without: [],
  vary: [],
  forward: [],
  session: undefined,
  sessionHeader: undefined,
  sharesAmongSessions: false,
};
const CLIENTS = {
  pass: [],
  parameters: new UrlParameters([], undefined),
  rules: SETTINGS,
  sessions: createSessions(undefined, Date.now),
  tokenCookie: false,
  debugs: 'nobody' as const,
};
const knowledge = knowledgeOf(CANARY_SDL, {
  Mine: { __resolveType: () => 'Me' },
  Thing: { __resolveType: () => 'Me' },
});

it('does not look up what upstream may answer in two ways while its schema changes', () => {
  const operation = compiled(knowledge, '{ page { title } }');
  operation.unsettledUntil = 60_000;
  const facts = new Client({ method: 'POST', search: '', headers: {}, body: Buffer.alloc(0) }, CLIENTS);
  const at = (now: number) =>
    decide(bind(operation, {}), { facts, session: undefined, isMember: false, now }, SETTINGS);
  expect(at(59_999)).toEqual({ kind: 'bypass', why: 'schema-changed' });
  expect(at(60_000).kind).toBe('lookup');
});

it('shares with who has credentials all but what upstream wanted some for a moment ago', () => {
  const operation = compiled(knowledge, 'query ($all: Boolean!) { page { title @include(if: $all) } }');
  const request = {
    method: 'POST',
    search: '',
    headers: { authorization: 'Bearer ada' },
    body: Buffer.alloc(0),
  };
  const facts = new Client(request, CLIENTS);
  const at = (now: number, all = true) =>
    decide(bind(operation, { all }), { facts, session: undefined, isMember: false, now }, SETTINGS);
  expect(at(0).kind).toBe('lookup');
  const refused = bind(operation, { all: true });
  operation.refusals.note(cacheKeyOf(refused, undefined, []), 60_000);
  expect(at(59_999)).toEqual({ kind: 'bypass', why: 'credentials' });
  expect(at(59_999, false).kind).toBe('lookup');
  expect(at(60_000).kind).toBe('lookup');
});
