import { isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql';
import type { Rules } from './rules';

/** Whether any type, field or default has a maxAge: else each query goes past the cache. */
export function isAnythingKept(schema: GraphQLSchema, rules: Rules): boolean {
  if (rules.defaultMaxAge > 0) return true;
  return Object.values(schema.getTypeMap()).some((type) => {
    if ((rules.typeHint(type.name)?.maxAge ?? 0) > 0) return true;
    if (!isObjectType(type) && !isInterfaceType(type)) return false;
    return Object.keys(type.getFields()).some((name) => (rules.fieldHint(type.name, name)?.maxAge ?? 0) > 0);
  });
}

/** Files named in one sentence. */
const MOST_FILES = 3;

/** What to do where nothing is kept, as one sentence without its stop. @param files the operator's own, which SCHEMA names */
export function howToKeep(files: readonly string[]): string {
  const example = '`extend type Product @cacheControl(maxAge: 300)`';
  const all = files.length > MOST_FILES ? [...files.slice(0, MOST_FILES), 'others'] : files;
  const where =
    files.length > 0
      ? `Uncomment a line with @cacheControl in ${all.join(' or ')}, or add one, for example ${example}`
      : `Name a file in SCHEMA that says, for example, ${example}`;
  return `${where}, or set DEFAULT_MAX_AGE`;
}
