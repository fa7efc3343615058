import { TLSSocket } from 'node:tls';
import { distinct, isSame, ok, warning, type DoctorCheck, type Observation } from '../check';
import { setting, type ObservedRedis } from '../observed-redis';

const DAY = 86_400_000;
/** Days in which a certificate is to be renewed, by hand perhaps. */
const SOON = 21;

export const ENCRYPTION_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'tls',
    title: 'is replication encrypted too, and until when are certificates valid',
    needs: [],
    run: async (context) => {
      const { regional, primary } = context;
      const encrypted = distinct(context).filter(({ fault, isEncrypted }) => !fault && isEncrypted);
      if (encrypted.length === 0) return [ok('no Redis is reached by TLS')];
      const replicates = encrypted.includes(primary) && !regional.fault && !isSame(regional, primary);
      return [...encrypted.map(validity), ...(replicates ? await replication(regional) : [])];
    },
  },
];

function validity({ title, client }: ObservedRedis): Observation {
  const { stream } = client;
  const until = new Date(stream instanceof TLSSocket ? stream.getPeerCertificate().valid_to : Number.NaN);
  if (Number.isNaN(until.getTime()))
    return warning(`it could not be read until when the certificate of ${title} is valid`, 'Ask again.');
  const what = `the certificate of ${title} is valid until ${until.toISOString().slice(0, 10)}`;
  if (until.getTime() - Date.now() > SOON * DAY) return ok(what);
  return warning(
    `${what}: after that it is not reached`,
    'Renew it. Where `lastmile redis` runs it, start that again afterwards.',
  );
}

async function replication(regional: ObservedRedis): Promise<Observation[]> {
  const value = await setting(regional, 'tls-replication');
  // Where it is hidden, it is the managed service's own matter.
  if (value === undefined) return [];
  if (value === 'yes') return [ok(`the log reaches ${regional.title} by TLS`)];
  return [
    warning(
      `${regional.title} replicates without TLS from a primary that speaks it: tags, and the password of the replica's account, can be read on the way`,
      "Set tls-replication to yes on it, with tls-ca-cert-file, and the port of REPLICAOF to the primary's for TLS.",
    ),
  ];
}
