import { entrySecret } from '../../src/config/config';

const PRIMARY = 'redis://purger:of-primary@primary:6379';

const CASES: readonly [
  what: string,
  cacheUrl: string,
  primaryUrl: string,
  token: string | undefined,
  found: unknown,
][] = [
  ['nothing', 'redis://a', 'redis://b', undefined, undefined],
  ['the account’s own password alone', 'redis://:own@a', 'redis://b', undefined, undefined],
  [
    'a password of the primary’s own',
    'redis://:own@a',
    PRIMARY,
    undefined,
    { secret: 'of-primary', isApart: true },
  ],
  ['both', 'redis://:own@a', PRIMARY, 'token', { secret: 'of-primary', isApart: true }],
  ['an account without password', 'redis://a', PRIMARY, undefined, { secret: 'of-primary', isApart: true }],
  ['ADMIN_TOKEN alone', 'redis://a', 'redis://b', 'token', { secret: 'token', isApart: true }],
  [
    'one password for both, and ADMIN_TOKEN',
    'redis://:of-primary@a',
    PRIMARY,
    'token',
    { secret: 'token', isApart: true },
  ],
  [
    'one password for both',
    'redis://:of-primary@a',
    PRIMARY,
    undefined,
    { secret: 'of-primary', isApart: false },
  ],
  [
    'one password for all',
    'redis://:of-primary@a',
    PRIMARY,
    'of-primary',
    { secret: 'of-primary', isApart: false },
  ],
];

it.each(CASES)('P67 entries are sealed with what their account is not opened with: %s', (...parts) => {
  const [, cacheUrl, primaryUrl, token, found] = parts;
  expect(entrySecret({ redis: { cacheUrl, primaryUrl }, admin: { token } })).toEqual(found);
});

it('nothing is sealed without a Redis', () => {
  expect(entrySecret({ redis: undefined, admin: { token: 'token' } })).toBeUndefined();
});
