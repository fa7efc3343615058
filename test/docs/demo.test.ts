import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanupAfterEach } from '../kit/cleanup';
import { runCommand } from '../kit/command';
import { startGateway, type Answer } from '../kit/gateway';

const cleanup = cleanupAfterEach();
const read = (path: string): string => readFileSync(join(__dirname, '..', '..', path), 'utf8');
const README = read('README.md');

interface Step {
  readonly body: string;
  /** what it printed */
  readonly lines: readonly string[];
}

/** The first transcript: what is asked, and what comes. */
function transcript(): Step[] {
  const [, block = ''] = /^```\n(\$ ask\(\)[^]*?)^```/m.exec(README) ?? [];
  return block.split(/^\$ /m).flatMap((part) => {
    const [, body, output = ''] = /^ask '(.*)'\n([^]*)$/.exec(part) ?? [];
    return body === undefined ? [] : [{ body, lines: output.trimEnd().split('\n') }];
  });
}

/** As the transcript shows it. Seconds and positions are those of another day. */
function shown({ headers, text }: Answer): string[] {
  const header = (name: string, label: string) =>
    headers[name] === undefined ? [] : [`${label}: ${String(headers[name])}`];
  return [
    ...header('cache-status', 'Cache-Status'),
    ...header('age', 'Age'),
    ...header('lastmile-token', 'Lastmile-Token'),
    text,
  ].map(ofAnyDay);
}

function ofAnyDay(line: string): string {
  return line.replace(/ttl=\d+|Age: \d+/, (found) => found.replace(/\d+/, 'n')).replace(/\d{13}-\d+/, 'n-n');
}

it('the first transcript of the README is what the example answers', async () => {
  const steps = transcript();
  expect(steps).toHaveLength(5);
  const gateway = cleanup.add(await startGateway({}));
  for (const { body, lines } of steps) {
    const answer = await gateway.send({ headers: { 'content-type': 'application/json' }, body });
    expect([body, ...shown(answer)]).toEqual([body, ...lines.map(ofAnyDay)]);
  }
});

it('the purge of a session, as its page sends it, is answered so and reaches that session', async () => {
  const [, command = '', answer = ''] =
    /^\$ (curl -s localhost:4001\/purge .*)\n(.*)$/m.exec(read('src/http/admin/README.md')) ?? [];
  const ADMIN_TOKEN = 'a-token-for-this-test-alone';
  const gateway = cleanup.add(await startGateway({ SESSION: 'header:x-traveller', ADMIN_TOKEN }));
  const ask = async (traveller: string) =>
    (await gateway.query('{ me { name } }', { headers: { 'x-traveller': traveller } })).cacheStatus;
  for (const traveller of ['user-7', 'traveller-1']) {
    await ask(traveller);
    expect(await ask(traveller)).toMatch(/^hit/);
  }
  const headers = [...command.matchAll(/-H (["'])([^:]+): (.*?)\1/g)].map(([, , name, value]) => [
    name!,
    value!.replace('$ADMIN_TOKEN', ADMIN_TOKEN),
  ]);
  const [, body] = /-d '(.*)'$/.exec(command) ?? [];
  const purged = await fetch(`${gateway.adminUrl}/purge`, {
    method: 'POST',
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: body!,
  });
  expect(ofAnyDay(await purged.text())).toBe(ofAnyDay(answer));
  expect(await ask('user-7')).toMatch(/purged/);
  expect(await ask('traveller-1')).toMatch(/^hit/);
});

it('the transcript of lastmile explain is what it prints of the example', async () => {
  const [, operation, variables, output = ''] =
    /^\$ lastmile explain '(.*)' --variables '(.*)'\n([^]*?)^```/m.exec(read('src/explain/README.md')) ?? [];
  const explained = await runCommand(['explain', operation!, '--variables', variables!]);
  expect([explained.status, explained.errors]).toEqual([0, '']);
  for (const part of output.split('...\n')) expect(explained.output).toContain(part.trim());
});
