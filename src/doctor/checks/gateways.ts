import { entrySecret, gatewaySecret } from '../../config/config';
import { ok, warning, type DoctorCheck, error, type Observation, type DoctorContext } from '../check';

export const SHARED_SECRET_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'shared-secret',
    title: 'can the primary region recognise the mutations that this gateway forwards',
    needs: [],
    run: ({ options }) => {
      if (options.region.isPrimary) return [];
      if (gatewaySecret(options) !== undefined)
        return [ok('mutations forwarded to the primary region are signed')];
      return [
        warning(
          'mutations forwarded to the primary region are not signed: a client that writes here sees its write only after the log has brought it',
          'Give the primary Redis a password, or set the same ADMIN_TOKEN in every region.',
        ),
      ];
    },
  },
];

export const SEALED_ENTRY_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'sealed-entries',
    title: 'can forged entries be recognised',
    needs: ['cache'],
    run: ({ options, cache: { title, username } }) => {
      const found = entrySecret(options);
      if (found?.isApart)
        return [ok(`entries at ${title} are sealed with another secret than the password of ${username}`)];
      const remedy =
        'Set ADMIN_TOKEN, the same in all gateways of the region, or give the primary Redis a password of its own.';
      return [
        found
          ? warning(
              `entries at ${title} are sealed with the password of ${username}: anyone who has it can forge answers`,
              remedy,
            )
          : warning(
              `entries at ${title} are not sealed, because there is no secret: anyone who can write there can forge answers`,
              remedy,
            ),
      ];
    },
  },
];

/** Milliseconds a gateway far away has to answer. */
const PATIENCE_MS = 5_000;

export const PRIMARY_URL_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'primary-url',
    title: 'is the gateway of the primary region there',
    needs: [],
    run: async ({ options: { region } }) =>
      region.isPrimary || region.primaryUrl === undefined ? [] : [await ask(region, region.primaryUrl)],
  },
];

/** A gateway says in Cache-Status which region it is: RFC 9211 2, the name of the cache comes first. */
async function ask(region: DoctorContext['options']['region'], url: string): Promise<Observation> {
  const set = 'Set PRIMARY_URL to the GraphQL URL of a gateway in the primary region.';
  let answer: Response;
  try {
    answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: '{"query":"{__typename}"}',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
  } catch (cause) {
    const { message } = ((cause as Error).cause as Error | undefined) ?? (cause as Error);
    return error(`PRIMARY_URL cannot be reached (${message}): mutations made here fail`, set);
  }
  const status = answer.headers.get('cache-status') ?? '';
  const name = /lastmile-([A-Za-z0-9_-]+)/.exec(status)?.[1];
  if (name === undefined)
    return warning(
      `what answers at PRIMARY_URL (status ${answer.status}) is no Lastmile gateway: mutations made there purge nothing`,
      set,
    );
  if (name === region.name)
    return error('PRIMARY_URL leads back to this region: a mutation would be forwarded without end', set);
  if (name !== region.primary)
    return error(`PRIMARY_URL leads to region ${name}, and PRIMARY_REGION is ${region.primary}`, set);
  return ok(`the gateway of region ${name} answers`);
}
