import { tellLooks } from '../../src/server/schema-looks';
import { LastmileError } from '../../src/report/error';
import { SchemaError } from '../../src/schema/schema-error';
import type { KeptSchema } from '../../src/schema/schema-keeper';

/** What the log was told: `level sentence`, and the fields with it. */
function telling() {
  const told: [line: string, fields: Record<string, unknown>][] = [];
  const at = (level: string) => (fields: object, sentence?: string) =>
    void told.push([`${level} ${sentence}`, { ...fields }]);
  const state: { kept: KeptSchema | undefined } = { kept: undefined };
  const log = { info: at('info'), warn: at('warn'), debug: at('debug') };
  return { told, state, tell: tellLooks(log as never, () => state) };
}

const REFUSED = {
  kind: 'refused',
  error: new SchemaError([
    { place: { file: 'a.graphql', line: 1, column: 2 }, what: 'No field x.', remedy: 'Remove it.' },
  ]),
} as const;

it('warns of what does not fit with its place and remedy, and that the schema before stays, once', () => {
  const { told, state, tell } = telling();
  state.kept = { version: 'v1' } as KeptSchema;
  tell(REFUSED, 'interval', 1000);
  tell(REFUSED, 'interval', 1000);
  expect(told).toEqual([
    [
      'warn the schema is refused, see its findings for what to correct; the previous one stays in use',
      { findings: ['a.graphql:1:2 No field x. Remove it.'], cause: 'interval', inUse: 'v1', nextInMs: 1000 },
    ],
    [expect.stringMatching(/^debug/), expect.anything()],
  ]);
  tell({ kind: 'unchanged' }, 'interval', 1000);
  tell(REFUSED, 'interval', 1000);
  expect(told.map(([line]) => line.split(' ')[0])).toEqual(['warn', 'debug', 'info', 'warn']);
  expect(told[2]![0]).toMatch(/accepted again/);
});

it('warns each time while there is no schema at all', () => {
  const { told, tell } = telling();
  const error = new LastmileError('INTROSPECTION_REFUSED', 'off');
  tell({ kind: 'failed', error }, 'start', 500);
  tell({ kind: 'failed', error }, 'retry', 1000);
  expect(told.map(([line]) => line)).toEqual([
    expect.stringMatching(/^warn /),
    expect.stringMatching(/^warn /),
  ]);
  expect(told[0]![0]).toContain('the gateway asks again');
  expect(told[0]![1]).toEqual({
    code: 'INTROSPECTION_REFUSED',
    detail: 'off',
    remedy: expect.any(String),
    docs: 'lastmile docs INTROSPECTION_REFUSED',
    cause: 'start',
    nextInMs: 500,
  });
});

it('leaves what cannot be reached to the outage that tells of it', () => {
  const { told, tell } = telling();
  tell({ kind: 'failed', error: new LastmileError('UPSTREAM_UNREACHABLE', 'ECONNREFUSED') }, 'start', 500);
  expect(told).toEqual([]);
});

it('tells of a change with its cause', () => {
  const { told, state, tell } = telling();
  state.kept = { version: 'v2' } as KeptSchema;
  tell({ kind: 'changed' }, 'operation', undefined);
  tell({ kind: 'unchanged' }, 'interval', undefined);
  expect(told).toEqual([['info the schema was read and is in use', { cause: 'operation', version: 'v2' }]]);
});
