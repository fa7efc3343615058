import { X509Certificate, createPrivateKey } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RedisTrust } from '../config/config';
import { certificatesIn } from '../config/pem';
import type { Problem } from '../config/problem';
import type { ValuesOf } from '../config/readers';
import { certificateFrom, type KeyPair } from './own-certificate';
import type { REDIS_VARIABLES } from './variables';

/** How the Redis servers of all regions speak TLS: texts in PEM. */
export interface ServerTls extends KeyPair, RedisTrust {
  /** authorities that signed the certificates of all regions */
  readonly ca: string;
}

/** Where redis-server finds them. */
export interface TlsFiles extends KeyPair {
  readonly ca: string;
}

type TlsValues = Pick<
  ValuesOf<typeof REDIS_VARIABLES>,
  'REDIS_TLS' | 'REDIS_TLS_CA' | 'REDIS_TLS_CERT' | 'REDIS_TLS_KEY' | 'REDIS_TLS_NAME' | 'REDIS_PASSWORD'
>;

/** @returns undefined: they speak without TLS; or what is wrong */
export function readServerTls(values: TlsValues): ServerTls | undefined | Problem {
  const { REDIS_TLS: isOn, REDIS_TLS_CA: ca, REDIS_TLS_NAME: name } = values;
  const { REDIS_TLS_CERT: certificate, REDIS_TLS_KEY: key, REDIS_PASSWORD: secret } = values;
  if (!isOn) {
    const variable = certificate ? 'REDIS_TLS_CERT' : key ? 'REDIS_TLS_KEY' : undefined;
    if (variable === undefined) return undefined;
    return {
      variable,
      problem: 'It is set, and REDIS_TLS is not: the servers would speak without TLS.',
      remedy: 'Set REDIS_TLS to 1, or unset it.',
    };
  }
  if (certificate === undefined && key === undefined) {
    const made = certificateFrom(secret ?? '', name);
    // The gateway's other Redis servers may have certificates of REDIS_TLS_CA.
    return { ...made, ca: [made.certificate, ca ?? ''].join(''), name };
  }
  const given = { REDIS_TLS_CA: ca, REDIS_TLS_CERT: certificate, REDIS_TLS_KEY: key };
  for (const [variable, value] of Object.entries(given)) {
    if (value === undefined)
      return {
        variable,
        problem:
          'It is not set. A certificate needs its key, and the authority by which other regions know it.',
        remedy: 'Set REDIS_TLS_CA, REDIS_TLS_CERT and REDIS_TLS_KEY, or none of the last two.',
      };
  }
  const tls = { ca: ca ?? '', certificate: certificate ?? '', key: key ?? '', name };
  return faultOf(tls, new Date()) ?? tls;
}

/** What would have it refused by other regions. */
function faultOf({ ca, certificate, key, name }: ServerTls, now: Date): Problem | undefined {
  const [leaf, ...chain] = certificatesIn(certificate);
  if (!leaf) return undefined;
  const variable = 'REDIS_TLS_CERT';
  const until = new Date(leaf.validTo);
  if (until <= now) {
    return { variable, problem: `The certificate expired on ${until.toISOString()}.`, remedy: 'Renew it.' };
  }
  if (new Date(leaf.validFrom) > now) {
    const remedy = 'Check the clock of this machine.';
    return { variable, problem: `The certificate is valid from ${leaf.validFrom} only.`, remedy };
  }
  if (leaf.checkHost(name) === undefined) {
    return {
      variable,
      problem: `The certificate is not for ${name} but for ${leaf.subjectAltName ?? 'no name'}.`,
      remedy:
        'Set REDIS_TLS_NAME to a name that the certificates of all regions have: servers are found by addresses.',
    };
  }
  if (!leaf.checkPrivateKey(createPrivateKey(key))) {
    return {
      variable: 'REDIS_TLS_KEY',
      problem: 'It is not the key of the first certificate in REDIS_TLS_CERT.',
      remedy: 'Set both to what was made together.',
    };
  }
  if (isIssuedBy(leaf, chain, certificatesIn(ca))) return undefined;
  return {
    variable: 'REDIS_TLS_CA',
    problem: 'No authority in it signed the certificate in REDIS_TLS_CERT.',
    remedy: 'Set it to the authority of all certificates, or add those in between to REDIS_TLS_CERT.',
  };
}

/** @param between certificates by which the leaf may be connected to an authority */
function isIssuedBy(
  leaf: X509Certificate,
  between: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
): boolean {
  const signed = (issuer: X509Certificate) => leaf.checkIssued(issuer) && leaf.verify(issuer.publicKey);
  if (authorities.some(signed)) return true;
  const issuer = between.find(signed);
  const others = between.filter((other) => other !== issuer);
  return issuer !== undefined && isIssuedBy(issuer, others, authorities);
}

/** Writes what redis-server takes from files only, for the owner of this process alone. @param folder which is recreated */
export async function writeTls(folder: string, { ca, certificate, key }: ServerTls): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const files = tlsFiles(folder);
  for (const [path, text] of [
    [files.ca, ca],
    [files.certificate, certificate],
    [files.key, key],
  ] as const)
    await writeFile(path, text, { mode: 0o600 });
}

/** @param folder as {@link writeTls} was given it */
export function tlsFiles(folder: string): TlsFiles {
  return {
    ca: join(folder, 'ca.pem'),
    certificate: join(folder, 'certificate.pem'),
    key: join(folder, 'key.pem'),
  };
}
