import { createPrivateKey, createPublicKey, scryptSync, sign, X509Certificate } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  GeneralName,
  id_ce_basicConstraints,
  id_ce_subjectAltName,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509';

/** A certificate and its private key, in PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

/** RFC 8410 3. */
const ED25519 = '1.3.101.112';
/** What stands before the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410 7). */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const COMMON_NAME = '2.5.4.3';

/** 16 MiB and some tens of milliseconds: anyone who connects sees the certificate, and could test secrets against its key. */
const SCRYPT = { N: 2 ** 14, r: 8, p: 1 };

/** RFC 5280 4.1.2.5: one that has no end of its own. It ends with the secret, and no clock can put an end to it. */
const FROM = new Date('2020-01-01T00:00:00Z');
const UNTIL = new Date('9999-12-31T23:59:59Z');

/**
 * The certificate of every Redis that `lastmile redis` runs with one secret: its own authority, and byte for byte the same
 * wherever it is made, because key and signature (Ed25519) depend on nothing else. So each region knows the certificate
 * of all others, and nothing has to be exchanged or renewed.
 * @param secret REDIS_PASSWORD
 * @param name what the certificate is for, also the same everywhere
 */
export function certificateFrom(secret: string, name: string): KeyPair {
  const seed = scryptSync(secret, 'lastmile redis tls', 32, SCRYPT);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const algorithm = new AlgorithmIdentifier({ algorithm: ED25519 });
  const subject = nameOf(name);
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: Uint8Array.of(1).buffer,
    signature: algorithm,
    issuer: subject,
    validity: new Validity({ notBefore: FROM, notAfter: UNTIL }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, SubjectPublicKeyInfo),
    extensions: new Extensions([
      extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
      extension(id_ce_subjectAltName, new SubjectAlternativeName([new GeneralName({ dNSName: name })])),
    ]),
  });
  const signature = sign(undefined, Buffer.from(AsnConvert.serialize(tbsCertificate)), key);
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: Uint8Array.from(signature).buffer,
  });
  return {
    certificate: new X509Certificate(Buffer.from(AsnConvert.serialize(certificate))).toString(),
    key: key.export({ format: 'pem', type: 'pkcs8' }) as string,
  };
}

function nameOf(name: string): Name {
  const value = new AttributeValue({ utf8String: name });
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])]);
}

function extension(extnID: string, value: object, critical = false): Extension {
  return new Extension({ extnID, critical, extnValue: new OctetString(AsnConvert.serialize(value)) });
}
