import { compiled, knowledgeOf } from '../answer/harness';
import { Client } from '../../src/gateway/client';
import { decide } from '../../src/gateway/rules';
import { bind } from '../../src/operation/bound-operation';
import { createSessions } from '../../src/gateway/session';
import { CANARY_SDL } from './canary-origin';

const SETTINGS = { vary: [], forward: [], session: undefined, sessionHeader: undefined };
const CLIENTS = {
  rules: SETTINGS,
  sessions: createSessions(undefined, Date.now),
  tokenCookie: false,
  debugs: 'nobody' as const,
};
const knowledge = knowledgeOf(CANARY_SDL, {
  Mine: { __resolveType: () => 'Me' },
  Thing: { __resolveType: () => 'Me' },
});

it('shares with who has credentials again, some time after upstream wanted some', () => {
  const operation = compiled(knowledge, '{ page { title } }');
  const request = {
    method: 'POST',
    search: '',
    headers: { authorization: 'Bearer ada' },
    body: Buffer.alloc(0),
  };
  const facts = new Client(request, CLIENTS);
  const at = (now: number) => decide(bind(operation, {}), { facts, session: undefined, now }, SETTINGS);
  expect(at(0).kind).toBe('lookup');
  operation.needsCredentialsUntil = 60_000;
  expect(at(59_999)).toEqual({ kind: 'bypass', why: 'credentials' });
  expect(at(60_000).kind).toBe('lookup');
});
