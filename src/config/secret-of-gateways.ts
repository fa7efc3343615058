import type { Config } from './config';

/**
 * What the gateways of all regions have in common and nobody else knows: the password of the primary Redis, on which each of
 * them appends its purges; else ADMIN_TOKEN.
 * @returns undefined where there is neither
 */
export function secretOfGateways({
  redis,
  admin,
}: {
  readonly redis: Pick<NonNullable<Config['redis']>, 'primaryUrl'> | undefined;
  readonly admin: Pick<Config['admin'], 'token'>;
}): string | undefined {
  const { password } = new URL(redis?.primaryUrl ?? 'redis:');
  return password === '' ? admin.token : password;
}
