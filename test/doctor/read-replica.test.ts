import type { DoctorContext } from '../../src/doctor/check';
import { READ_REPLICA_CHECKS } from '../../src/doctor/checks/read-replica';
import { cleanupAfterEach } from '../kit/cleanup';
import { startLocalServer } from '../kit/local-server';

const cleanup = cleanupAfterEach();

/** @param said what its API says in the header; null: it writes none */
async function found(said: string | null, isThere = true): Promise<string[]> {
  const api = cleanup.add(
    await startLocalServer((request, response) => {
      if (said !== null) response.setHeader('replica-position', said);
      request.resume().on('end', () => response.end('{"data":{"__typename":"Query"}}'));
    }),
  );
  const { url } = api;
  if (!isThere) await api.close();
  const upstream = { headers: {}, replica: { url, positionHeader: 'replica-position' } };
  const context = { options: { upstream }, timeoutMs: 10_000 } as unknown as DoctorContext;
  const findings = await Promise.all(READ_REPLICA_CHECKS.map(({ run }) => run(context)));
  return findings.flat().map(({ severity, what }) => `${severity} ${what}`);
}

describe('the doctor, of an API that reads from a replica,', () => {
  it.each([
    [
      '7412345678901234567/1/16/B374D848',
      true,
      /^ok .* answers in \d+ ms.*\nok .*sends the position of the replica: 7412345678901234567\/1\/16\/B374D848$/,
    ],
    [null, true, /\nwarning .* answers without the header replica-position/],
    ['16/B374D848', true, /\nwarning .* sends something other than a log position/],
    [null, false, /^warning .* is not there: .*ECONNREFUSED.*each miss goes to UPSTREAM_URL$/],
  ])('finds of one that says %j (there: %j) what is so', async (said, isThere, finding) => {
    expect((await found(said, isThere)).join('\n')).toMatch(finding);
  });
});
