/** Why something outside this process cannot be used. */
export interface Cause {
  /** what Redis's reply begins with, or the system's code: `WRONGPASS`, `ECONNREFUSED` */
  readonly word: string;
  /** to follow "Redis at 10.0.0.1:6379": `refuses the user or the password` */
  readonly what: string;
  /** a sentence on what to do. @param where the variables that say where it is */
  readonly remedy: (where: string) => string;
  /** as the other side, or the system, said it; for a log only: it may name a host, and holds no password */
  readonly detail: string;
}

/** What a reply of Redis begins with, or a system's error says; the first that fits counts. `@` stands for the variables. */
const CAUSES: readonly [pattern: RegExp, what: string, remedy: string][] = [
  [
    /All sentinels are unreachable/,
    'cannot be found: none of its Sentinels answers and knows it by that name',
    'Check hosts, ports, name and sentinelPassword in @.',
  ],
  [
    /DB index|SELECT is not allowed|'select' command/,
    'refuses the database that its URL names',
    'Set the number at the end of @ to a database that it has and the account may SELECT, or leave it out.',
  ],
  [/^(WRONGPASS|NOAUTH)/, 'refuses the user or the password', 'Check both in @.'],
  [
    /^NOPERM/,
    'refuses a command to this user',
    'Give the user the rights that `lastmile docs accounts` lists, or check the user in @.',
  ],
  [/^LOADING/, 'is loading its data', 'Wait, and ask again. If it lasts, check @.'],
  [
    /^MASTERDOWN/,
    'has lost its primary and serves nothing',
    'Set replica-serve-stale-data to yes. Check also @.',
  ],
  [
    /^(READONLY|NOTPRIMARY)/,
    'is a replica that takes no writes',
    'Check where the name in @ leads: to the primary, or for entries to a writable replica.',
  ],
  [
    /^NOREPLICAS/,
    'takes no writes while it has too few replicas (min-replicas-to-write)',
    'Check its replicas, and where the name in @ leads.',
  ],
  [/^OOM/, 'has no memory left', 'Raise maxmemory, or set maxmemory-policy to volatile-lfu. Check also @.'],
  [/^MISCONF/, 'takes no writes because it could not save its data', 'See its log. Check also @.'],
  [/^BUSY/, 'is busy with a script', 'Wait. If it lasts, see what else uses it, and check @.'],
  [/^DENIED/, 'is in protected mode and refuses other machines', 'Give it a password, and check @.'],
  [
    /^MOVED|^ASK/,
    'is one of several nodes of a cluster',
    'Set @ to a Redis that is none, or a cluster of one shard.',
  ],
  [/^CROSSSLOT/, 'is a cluster, where the purge log cannot be kept', 'Set @ to a Redis that is none.'],
  [/^CLUSTERDOWN/, 'is a cluster that is not whole', 'Look into it with CLUSTER INFO. Check also @.'],
  [/max number of clients/, 'has as many clients as it takes', 'Raise maxclients, and check @.'],
  [
    /record that no gateway wrote/,
    'holds a record in the purge log that no gateway wrote',
    'Have it load its data from the primary again, and see who else may write to the Redis in @.',
  ],
  [
    /gateway with this secret made/,
    'holds an entry that no gateway with this secret made',
    'Nothing of it was served. If the secret (the password of the primary Redis, ADMIN_TOKEN, or entrySecret of a plugin) was ' +
      'changed or is not the same in the whole region, make it the same and wait. Else others write there: change the password in @.',
  ],
  [/ENOTFOUND|EAI_AGAIN/, 'has a name without an address', 'Check the host in @.'],
  [/ECONNREFUSED/, 'is not there: nothing listens at that port', 'Start it, or check host and port in @.'],
  [
    /EHOSTUNREACH|ENETUNREACH/,
    'is on a network without a route to it',
    'Check the network between, and the host in @.',
  ],
  [
    /ETIMEDOUT|timed out|timeout|in time/i,
    'does not answer in time',
    'Check the network between, and host, port and scheme (with or without TLS) in @.',
  ],
  [
    /ALTNAME|altnames/,
    'shows a certificate for another name',
    'Put a name of the certificate in @; or, for a Redis, set REDIS_TLS_NAME to one.',
  ],
  [/certificate has expired/, 'shows a certificate that has expired', 'Renew it, and check the clock here.'],
  [
    /certificate is not yet valid/,
    'shows a certificate that is not valid yet',
    'Check the clock here, and the certificate.',
  ],
  [
    /self-signed certificate|unable to (get|verify)|certificate signature failure/,
    'shows a certificate of no authority that is trusted here',
    'Set REDIS_TLS_CA for a Redis, NODE_EXTRA_CA_CERTS for an API, to a file with the certificate of its authority; and see whether @ leads where it should.',
  ],
  [
    /certificate|CERT|SSL|TLS|EPROTO|altname/,
    'does not speak TLS as asked',
    'Check its certificate, and whether the scheme in @ should ask for TLS.',
  ],
  [
    /Unknown RESP type|^Protocol error/,
    'is there, and speaks another language than Redis',
    'See what listens at host and port of @.',
  ],
  [
    /ECONNRESET|EPIPE|UND_ERR_SOCKET/,
    'closes the connection',
    'See its log, and whether it asks for TLS. Check host and port in @.',
  ],
];

/** @param error of ioredis, of undici, or of Node's net, dns or tls */
export function causeOf(error: unknown): Cause {
  const { code, message } = saidBy(error);
  const known =
    CAUSES.find(([pattern]) => pattern.test(message)) ?? CAUSES.find(([pattern]) => pattern.test(code));
  const detail = message || code;
  const [, what, remedy] = known ?? [/./, `cannot be used: ${detail}`, 'Check @.'];
  return {
    word: wordOf(code, message),
    what,
    remedy: (where) => remedy.replace('@', where),
    detail,
  };
}

/** As ioredis says that none of them led to a Redis. */
function isOfSentinels(message: string): boolean {
  return message.startsWith('All sentinels are unreachable');
}

function wordOf(code: string, message: string): string {
  if (isOfSentinels(message)) return 'SENTINEL';
  return /^[A-Z]{3,}\b/.exec(message)?.[0] ?? (code || (/time/i.test(message) ? 'timeout' : 'error'));
}

/** Of a name all whose addresses refused there is one error for all, without a message: the first speaks for them. */
function saidBy(error: unknown): { readonly code: string; readonly message: string } {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  const { code, message, errors } = error as {
    code?: unknown;
    message?: unknown;
    errors?: readonly unknown[];
  };
  if (!message && errors?.[0]) return saidBy(errors[0]);
  return { code: typeof code === 'string' ? code : '', message: String(message ?? '') };
}

/**
 * @returns false for what a lost connection took with it, whose cause is said elsewhere, and for a blocked read that was ended
 *   because a Redis changed its role: it is only to be made again
 */
export function saysWhy(error: unknown): boolean {
  const lost =
    /^UNBLOCKED|isn't writeable|Connection is closed|due to connection close|max retries per request|operation was aborted/;
  const { message } = saidBy(error);
  // What it says of the last of them may be that alone.
  return isOfSentinels(message) || !lost.test(message);
}
