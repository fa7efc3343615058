import type { Explanation } from '../../src/explain/explanation';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startChild } from '../kit/child';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { lastmileArgs, runProcess } from '../kit/lastmile';

const cleanup = cleanupAfterEach();

// A process of its own compiles what it loads.
const TRIP = 'query Trip($id: ID!) { trip(id: $id) { title country { name } } }';

describe('lastmile explain', () => {
  it('says for whom, for how long, under which key, and by what it is purged', async () => {
    const { status, output } = await runProcess(['explain', TRIP, '--variables', '{"id":"trip-1"}']);
    expect(status).toBe(0);
    expect(output).toMatch(/^query Trip: kept for all clients$/m);
    expect(output).toMatch(/^ {2}maxAge +5 min, by Query\.trip$/m);
    expect(output).toMatch(/^ {2}scope +PUBLIC$/m);
    expect(output).toMatch(/^ {2}variables +\{"id":"trip-1"\}$/m);
    expect(output).toMatch(/^ {2}key +[\w-]{43}$/m);
    expect(output).toMatch(/^ {2}entities +Country:<code> Trip:<id>$/m);
    expect(output).toMatch(/^ {2}if missing +Trip:trip-1 \[Trip\]$/m);
    expect(output).not.toContain('Not from the cache');
  });

  it('gives each no its reason and its remedy', async () => {
    const { status, output } = await runCommand(['explain', '{ me { name } }']);
    expect(status).toBe(0);
    expect(output).toMatch(/^query: never kept: a field is PRIVATE .*\(Query\.me\)$/m);
    expect(output).toMatch(/^ {2}private +always\n.*PRIVATE.*\(Query\.me\)\n +remedy: .*SESSION/m);
  });

  it('answers in JSON with all there is', async () => {
    const { output } = await runCommand(['explain', 'mutation { deleteTrip(id: "trip-1") }', '--json']);
    const explanation = JSON.parse(output) as Explanation;
    expect(explanation.purges).toMatchObject({
      lists: ['[Node]', '[SearchResult]', '[Trip]'],
      entities: ['Trip:trip-1'],
      silent: [],
    });
  });

  it('takes the named operation of several', async () => {
    const text = 'query A { trips { id } } query B { countries { name } }';
    const { output } = await runCommand(['explain', text, '--operation', 'B']);
    expect(output).toMatch(/^query B: kept for all clients/);
  });

  it('asks which of several is meant', async () => {
    const { status, errors } = await runCommand([
      'explain',
      'query A { trips { id } } query B { countries { name } }',
    ]);
    expect([status, errors]).toEqual([
      2,
      expect.stringMatching(/operations A, B: say which, --operation NAME/),
    ]);
  });

  it('reads a file, and standard input', async () => {
    const file = join(cleanup.folder('explain'), 'trip.graphql');
    await writeFile(file, TRIP);
    expect((await runCommand(['explain', file])).output).toMatch(/^query Trip: kept for all clients/);
    const piped = startChild({
      name: 'explain',
      program: process.execPath,
      args: [...lastmileArgs(), 'explain', '-'],
      input: TRIP,
    });
    await piped.printed(/^query Trip: kept for all clients/);
    await piped.exited;
    const nowhere = await runCommand(['explain', '/nowhere/trip.graphql']);
    expect([nowhere.status, nowhere.errors]).toEqual([2, expect.stringMatching(/no such file/)]);
  });

  it('points at what is wrong, and says what may have been meant', async () => {
    const wrong = await runCommand(['explain', '{ trips { id\n  titel } }']);
    expect([wrong.status, wrong.errors]).toEqual([
      1,
      'Cannot query field "titel" on type "Trip". Did you mean "title"?\n' +
        'the operation:2:3\n1 | { trips { id\n2 |   titel } }\n  |   ^\n',
    ]);
    const file = join(cleanup.folder('explain'), 'a.graphql');
    await writeFile(file, '{ trips { id }');
    expect((await runCommand(['explain', file])).errors).toMatch(
      /^Syntax Error: .*<EOF>.*\n.*a\.graphql:1:15\n/,
    );
  });

  it('knows what the environment says', async () => {
    const env = { SESSION: 'header:authorization', VARY: 'x-lane', DEFAULT_MAX_AGE: '30' };
    const { output } = await runCommand(['explain', '{ me { name } }'], env);
    expect(output).toMatch(/^query: kept for one session$/m);
    expect(output).toMatch(/^ {2}session +header:authorization$/m);
    expect(output).toMatch(/^ {2}headers +x-lane$/m);
  });

  it('ends with 1 for what is no operation of the schema', async () => {
    const { status, output, errors } = await runCommand(['explain', '{ mee { name } }']);
    expect(status).toBe(1);
    expect(output).toBe('');
    expect(errors).toMatch(/Cannot query field "mee" on type "Query"/);
    const json = await runCommand(['explain', '{ me', '--json']);
    expect(json.status).toBe(1);
    expect(JSON.parse(json.output)).toEqual({
      errors: [expect.objectContaining({ message: expect.any(String) })],
    });
  });

  it.each([
    ['no operation', [], /Give the operation to explain, or its file/],
    ['two operations', ['{ a }', '{ b }'], /one operation, in quotes/],
    ['variables that are no object', ['{ a }', '--variables', '[1]'], /takes a JSON object/],
    ['variables that are no JSON', ['{ a }', '--variables', '{a:1}'], /takes a JSON object/],
    ['an unknown option', ['{ a }', '--verbose'], /Unknown option '--verbose'/],
  ])('ends with 2 for %s', async (_, args, message) => {
    const { status, errors } = await runCommand(['explain', ...args]);
    expect(status).toBe(2);
    expect(errors).toMatch(message);
  });
});
