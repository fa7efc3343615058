/** How a user says who it is, and how the gateway is told to read it. */
import { SignJWT } from 'jose';

export const SECRET = 'a secret of at least thirty-two bytes';

export const USERS = ['ada', 'bob'] as const;
export type User = (typeof USERS)[number];

export const jwt = (user: string) =>
  new SignJWT({})
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));

export interface Way {
  readonly env: Record<string, string>;
  readonly as: (user: string) => Promise<Record<string, string>>;
}

export const WAYS: Readonly<Record<string, Way>> = {
  none: { env: {}, as: (user) => Promise.resolve({ authorization: `Bearer ${user}` }) },
  header: {
    env: { SESSION: 'header:authorization' },
    as: (user) => Promise.resolve({ authorization: `Bearer ${user}` }),
  },
  'a header of its own': {
    env: { SESSION: 'header:x-user' },
    as: (user) => Promise.resolve({ 'x-user': user }),
  },
  cookie: {
    env: { SESSION: 'cookie:sid' },
    as: (user) => Promise.resolve({ cookie: `theme=dark; sid=${user}` }),
  },
  jwt: {
    env: { SESSION: 'jwt', JWT_SECRET: SECRET },
    as: async (user) => ({ authorization: `Bearer ${await jwt(user)}` }),
  },
};
