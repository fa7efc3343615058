import type { FindingCode } from '../../src/check/check-schema';

/** What is found, what makes it so, where, and the SDL. */
export type CheckCase = readonly [code: FindingCode, what: string, coordinate: string, sdl: string];

/** A schema whose query type has these fields. */
export const query = (fields: string, rest = '') => `type Query { x: Int ${fields} } ${rest}`;

/** A schema whose mutation type has these fields. */
export const mutation = (fields: string, rest = '') =>
  `type Query { post: Post tagged(a: ID): Int @cacheTag(format: "t-{$args.a}") } type Post { id: ID! } ${rest}
   type Mutation { touch: Post ${fields} }`;
