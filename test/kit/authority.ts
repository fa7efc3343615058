/**
 * A certificate authority that exists for one test.
 *
 *   const authority = cleanup.add(await startAuthority());
 *   const { certificate, key } = await authority.issue({ name: 'redis.test', days: -1 });   // expired
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from './folder';

const run = promisify(execFile);

/** Paths of files in PEM. */
export interface Issued {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** path of its own certificate */
  readonly ca: string;
  /** the text of {@link ca} */
  readonly text: string;
  /** @param days it is valid for from now on; less than 0: it has expired */
  issue(what: { readonly name: string; readonly days?: number }): Promise<Issued>;
  stop(): Promise<void>;
}

export async function startAuthority(): Promise<Authority> {
  const { path: folder, remove } = temporaryFolder('authority');
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const fresh = (key: string, ...args: string[]) =>
    openssl('req', '-newkey', 'ed25519', '-nodes', '-keyout', key, ...args);
  await fresh('ca.key', '-x509', '-days', '30', '-subj', '/CN=an authority', '-out', 'ca.crt');
  const ca = join(folder, 'ca.crt');
  let issued = 0;
  return {
    ca,
    text: await readFile(ca, 'utf8'),
    issue: async ({ name, days = 30 }) => {
      const serial = String(++issued);
      const [key, request, certificate] = ['key', 'csr', 'crt'].map((end) => `${serial}.${end}`) as [
        string,
        string,
        string,
      ];
      await fresh(key, '-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`, '-out', request);
      const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-set_serial', serial, '-copy_extensions', 'copy'];
      await openssl('x509', '-req', '-in', request, ...by, '-days', String(days), '-out', certificate);
      return { certificate: join(folder, certificate), key: join(folder, key) };
    },
    stop: remove,
  };
}
