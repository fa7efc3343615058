import {
  astFromValue,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isScalarType,
  isUnionType,
  print,
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLLeafType,
  type GraphQLNamedType,
} from 'graphql';

/**
 * A definition as text: equal exactly when it says the same, whatever order its parts come in. Directives are not in it.
 * graphql-js's own `printType` throws where the default of a custom scalar is an object.
 */
export function typeText(type: GraphQLNamedType): string {
  const about = JSON.stringify(type.description ?? '');
  if (isScalarType(type) || isEnumType(type)) return `${leafText(type)} ${about} ${valueNotes(type)}`;
  if (isUnionType(type)) return `union ${type.name} ${about} ${names(type.getTypes())}`;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).map((field) => `${inputText(field)} ${notes(field)}`);
    return `input ${type.name} ${about} ${String(type.isOneOf)} ${lines(fields)}`;
  }
  const fields = Object.values(type.getFields()).map((field) => {
    const args = field.args.map((arg) => `${inputText(arg)} ${notes(arg)}`).sort();
    return `${field.name}(${args.join(' ')}): ${String(field.type)} ${notes(field)}`;
  });
  return `${isInterfaceType(type) ? 'interface' : 'type'} ${type.name} ${about} ${names(type.getInterfaces())} ${lines(fields)}`;
}

/** An argument or input field, without its description: `first: Int = 10`. */
export function inputText({ name, type, defaultValue }: GraphQLArgument | GraphQLInputField): string {
  if (defaultValue === undefined) return `${name}: ${String(type)}`;
  let value: string;
  try {
    value = print(astFromValue(defaultValue, type)!);
  } catch {
    value = literalText(defaultValue);
  }
  return `${name}: ${String(type)} = ${value}`;
}

/** What a custom scalar may hold, as GraphQL writes it: graphql-js has a text for plain values only. */
function literalText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literalText).join(', ')}]`;
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  const members = Object.entries(value).map(([name, member]) => `${name}: ${literalText(member)}`);
  return `{${members.join(', ')}}`;
}

/** A scalar or an enum, without descriptions. */
export function leafText(type: GraphQLLeafType): string {
  if (!isEnumType(type)) return `scalar ${type.name} ${type.specifiedByURL ?? ''}`;
  return `enum ${type.name} ${names(type.getValues())}`;
}

function valueNotes(type: GraphQLLeafType): string {
  return isEnumType(type) ? lines(type.getValues().map((value) => `${value.name} ${notes(value)}`)) : '';
}

/** JSON keeps the parts apart whatever they hold. */
function notes(of: {
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
}): string {
  return JSON.stringify([of.description ?? '', of.deprecationReason ?? null]);
}

/** Nothing that is put in such a line can hold a line break. */
function lines(of: string[]): string {
  return of.sort().join('\n');
}

function names(of: readonly { readonly name: string }[]): string {
  return of
    .map(({ name }) => name)
    .sort()
    .join(' ');
}
