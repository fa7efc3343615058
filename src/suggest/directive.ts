import { isInterfaceType, isUnionType, type GraphQLSchema } from 'graphql';
import type { CacheHint, Rules } from '../policy/rules';

/** A `@cacheControl` to be laid over the schema: on a type, or on a field of the query type. */
export interface ProposedDirective {
  /** `Product` or `Query.products` */
  readonly coordinate: string;
  readonly hint: CacheHint;
}

/** The rules as they would be with some directives more. What is said already and not said anew stays. */
export function withDirectives(rules: Rules, directives: readonly ProposedDirective[]): Rules {
  const hints = new Map<string, CacheHint>();
  for (const { coordinate, hint } of directives) hints.set(coordinate, { ...hints.get(coordinate), ...hint });
  const merged = (known: CacheHint | undefined, coordinate: string): CacheHint | undefined => {
    const more = hints.get(coordinate);
    return more ? { ...known, ...more } : known;
  };
  return {
    ...rules,
    typeHint: (type) => merged(rules.typeHint(type), type),
    fieldHint: (type, field) => merged(rules.fieldHint(type, field), `${type}.${field}`),
  };
}

/** Directives as SDL to paste into an overlay, one extension for each coordinate. */
export function printDirectives(schema: GraphQLSchema, directives: readonly ProposedDirective[]): string[] {
  const hints = new Map<string, CacheHint>();
  for (const { coordinate, hint } of directives) hints.set(coordinate, { ...hints.get(coordinate), ...hint });
  return [...hints].map(([coordinate, hint]) => {
    const [name = '', field] = coordinate.split('.');
    const use = `@cacheControl(${printHint(hint)})`;
    const type = schema.getType(name);
    if (field === undefined) return `extend ${kindOf(type)} ${name} ${use}`;
    return `extend type ${name} {\n  ${signatureOf(schema, field)} ${use}\n}`;
  });
}

function kindOf(type: unknown): string {
  return isUnionType(type) ? 'union' : isInterfaceType(type) ? 'interface' : 'type';
}

function printHint({ maxAge, inheritMaxAge, scope }: CacheHint): string {
  return [
    ...(maxAge === undefined ? [] : [`maxAge: ${maxAge}`]),
    ...(inheritMaxAge === undefined ? [] : [`inheritMaxAge: ${inheritMaxAge}`]),
    ...(scope === undefined ? [] : [`scope: ${scope}`]),
  ].join(', ');
}

function signatureOf(schema: GraphQLSchema, name: string): string {
  const field = schema.getQueryType()?.getFields()[name];
  if (!field) return name;
  const args = field.args.map((argument) => `${argument.name}: ${String(argument.type)}`);
  return `${name}${args.length > 0 ? `(${args.join(', ')})` : ''}: ${String(field.type)}`;
}
