import { X509Certificate, createPrivateKey } from 'node:crypto';
import * as fc from 'fast-check';
import { certificateFrom } from '../../src/redis/own-certificate';

const NAME = 'lastmile-redis';
const secret = fc.string({ minLength: 16, maxLength: 60 });

it('is the same wherever it is made of one secret, and another of another', () => {
  fc.assert(
    fc.property(secret, secret, (one, other) => {
      const made = certificateFrom(one, NAME);
      expect(certificateFrom(one, NAME)).toEqual(made);
      fc.pre(one !== other);
      const { certificate, key } = certificateFrom(other, NAME);
      expect(certificate).not.toBe(made.certificate);
      expect(key).not.toBe(made.key);
    }),
    { numRuns: 10 },
  );
});

it('is its own authority, for one name, with its key, for ever', () => {
  const { certificate, key } = certificateFrom('sixteen characters', NAME);
  const read = new X509Certificate(certificate);
  expect(read.verify(read.publicKey) && read.checkIssued(read) && read.ca).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  expect(read.subjectAltName).toBe(`DNS:${NAME}`);
  expect([read.checkHost('localhost'), read.checkIP('127.0.0.1')]).toEqual([undefined, undefined]);
  expect(new Date(read.validTo).getUTCFullYear()).toBe(9999);
  expect(new Date(read.validFrom) < new Date('2020-01-02')).toBe(true);
});

it('does not change from version to version: regions are not upgraded at once', () => {
  const { certificate } = certificateFrom('sixteen characters', NAME);
  expect(new X509Certificate(certificate).fingerprint256).toBe(
    '9B:A4:A6:37:02:DE:BB:C9:ED:26:E1:85:A5:65:BE:FE:9B:7B:D0:B7:F0:40:1E:92:84:5A:AF:EE:C9:49:56:0B',
  );
});
