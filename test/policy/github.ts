import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildASTSchema, extendSchema, parse, type GraphQLSchema } from 'graphql';
import { DIRECTIVES_SDL } from '../../src/schema/directives';

const OVERLAY = `
  extend type Repository @cacheControl(maxAge: 120, swr: 600)
  extend type User @cacheControl(maxAge: 300)
  extend type Topic @cacheControl(maxAge: 3600)
  extend type Team @cacheControl(scope: PRIVATE)
  extend interface Node @cacheControl(maxAge: 60)
`;

/** GitHub's public schema with a few hints laid over it. */
export function github(): GraphQLSchema {
  // Not resolved as a module: the package exports its code only.
  const file = join(__dirname, '../../node_modules/@octokit/graphql-schema/schema.graphql');
  const document = parse(DIRECTIVES_SDL + readFileSync(file, 'utf8'), { noLocation: true });
  return extendSchema(buildASTSchema(document, { assumeValidSDL: true }), parse(OVERLAY), {
    assumeValidSDL: true,
  });
}
