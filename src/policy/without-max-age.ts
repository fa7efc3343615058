import {
  getNamedType,
  isCompositeType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { fieldLimit } from './field-limit';
import { printDirectives, type ProposedDirective } from './print-directives';
import type { Rules } from './rules';
import { isKeyless } from './type-shape';

/** A field that keeps every answer that shows it out of the cache. */
export interface FieldWithoutMaxAge {
  /** `Product.reviews` */
  readonly field: string;
  /** true: its maxAge is 0 because that is declared */
  readonly declared: boolean;
  /** one line of SDL with which it would be kept; undefined where what is declared has to be changed */
  readonly mend?: string;
}

/** Seconds that a proposal has where nothing tells which would do. */
const SOME_SECONDS = 60;

/**
 * By the very limit that decides: see {@link fieldLimit}.
 * @param type the name of the object type that has the field
 * @returns undefined where it keeps nothing out
 */
export function withoutMaxAge(
  schema: GraphQLSchema,
  rules: Rules,
  type: string,
  field: GraphQLField<unknown, unknown>,
): FieldWithoutMaxAge | undefined {
  const limit = fieldLimit(schema, rules, type, field);
  if (!limit || limit.maxAge > 0) return undefined;
  const { coordinate, declared } = limit;
  if (declared) return { field: coordinate, declared };
  const isRoot = schema.getQueryType()?.name === type;
  const proposal = proposalFor(schema, rules, { named: getNamedType(field.type), coordinate, isRoot });
  const [mend] = printDirectives(schema, [proposal], { inOneLine: true });
  return { field: coordinate, declared, ...(mend !== undefined && { mend }) };
}

/** On the type, so that it holds wherever one is shown; where there is none, or it says something else, on the field. */
function proposalFor(
  schema: GraphQLSchema,
  rules: Rules,
  {
    named,
    coordinate,
    isRoot,
  }: { readonly named: GraphQLNamedType; readonly coordinate: string; readonly isRoot: boolean },
): ProposedDirective {
  const ofField = { coordinate, hint: { maxAge: SOME_SECONDS } };
  if (!isCompositeType(named) || rules.typeHint(named.name)) return ofField;
  if (!isKeyless(schema, named, rules)) return { ...ofField, coordinate: named.name };
  // What has no key is part of what holds it.
  return isRoot ? ofField : { coordinate: named.name, hint: { inheritMaxAge: true } };
}
