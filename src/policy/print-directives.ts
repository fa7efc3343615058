import { isInterfaceType, isObjectType, isUnionType, type GraphQLSchema } from 'graphql';
import type { CacheHint } from './rules';

/** A `@cacheControl` to be laid over the schema: on a type, or on a field. */
export interface ProposedDirective {
  /** `Product`, `Query.products`, or a field of an interface */
  readonly coordinate: string;
  readonly hint: CacheHint;
}

/**
 * Directives as SDL to paste into an overlay, one extension for each coordinate.
 */
export function printDirectives(
  schema: GraphQLSchema,
  directives: readonly ProposedDirective[],
  { inOneLine = false } = {},
): string[] {
  const hints = new Map<string, CacheHint>();
  for (const { coordinate, hint } of directives) hints.set(coordinate, { ...hints.get(coordinate), ...hint });
  return [...hints].map(([coordinate, hint]) => {
    const [name = '', field] = coordinate.split('.');
    const use = `@cacheControl(${printHint(hint)})`;
    if (field === undefined) return `extend ${kindOf(schema.getType(name))} ${name} ${use}`;
    const [open, close] = inOneLine ? [' ', ' '] : ['\n  ', '\n'];
    return `extend ${kindOf(schema.getType(name))} ${name} {${open}${signatureOf(schema, name, field)} ${use}${close}}`;
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

function signatureOf(schema: GraphQLSchema, type: string, name: string): string {
  const holder = schema.getType(type);
  const field = isObjectType(holder) || isInterfaceType(holder) ? holder.getFields()[name] : undefined;
  if (!field) return name;
  const args = field.args.map((argument) => `${argument.name}: ${String(argument.type)}`);
  return `${name}${args.length > 0 ? `(${args.join(', ')})` : ''}: ${String(field.type)}`;
}
