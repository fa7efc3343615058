import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isScalarType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  isUnionType,
  Kind,
  print,
  type ConstArgumentNode,
  type ConstDirectiveNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { nodesOfField, nodesOfType, usesOn } from './directives';
import { inputText } from './type-text';

/**
 * A schema as SDL with the directives that are in use in it, those of an overlay in the places they are laid over: given
 * as SCHEMA it stands alone and says the same. graphql-js's `printSchema` leaves them out.
 */
export function printWholeSchema(schema: GraphQLSchema): string {
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const directives = schema.getDirectives().filter((directive) => !isSpecifiedDirective(directive));
  const repeatable = new Set(directives.filter((one) => one.isRepeatable).map(({ name }) => name));
  const printer = new Printer(repeatable);
  const definitions = [
    printRoots(schema),
    ...directives.map(({ name, description, args, isRepeatable, locations }) => {
      const on = `${isRepeatable ? ' repeatable' : ''} on ${locations.join(' | ')}`;
      return `${about(description, '')}directive @${name}${printer.args(args)}${on}`;
    }),
    ...types.map((type) => printer.type(type)),
  ];
  return `${definitions.join('\n\n')}\n`;
}

function printRoots(schema: GraphQLSchema): string {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  const lines = roots.flatMap(([role, type]) => (type ? [`  ${role}: ${type.name}`] : []));
  return `${about(schema.description, '')}schema {\n${lines.join('\n')}\n}`;
}

class Printer {
  /** @param repeatable names of directives of which a place may have several */
  constructor(readonly repeatable: ReadonlySet<string>) {}

  type(type: GraphQLNamedType): string {
    const said = this.#directives(nodesOfType(type));
    const head = (word: string) => `${about(type.description, '')}${word} ${type.name}`;
    if (isScalarType(type)) {
      const url = type.specifiedByURL;
      return head('scalar') + (url ? ` @specifiedBy(url: ${JSON.stringify(url)})` : '') + said;
    }
    if (isUnionType(type)) return `${head('union')}${said} = ${type.getTypes().join(' | ')}`;
    if (isEnumType(type)) {
      const values = type.getValues().map((value) => {
        const uses = deprecated(value.deprecationReason) + this.#directives([value.astNode ?? {}]);
        return `${about(value.description, '  ')}  ${value.name}${uses}`;
      });
      return head('enum') + said + block(values);
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).map(
        (field) => `${about(field.description, '  ')}  ${this.#input(field)}`,
      );
      return head('input') + (type.isOneOf ? ' @oneOf' : '') + said + block(fields);
    }
    const interfaces = type.getInterfaces();
    const parents = interfaces.length > 0 ? ` implements ${interfaces.join(' & ')}` : '';
    const fields = Object.values(type.getFields()).map((field) => this.#field(type, field));
    return head(isInterfaceType(type) ? 'interface' : 'type') + parents + said + block(fields);
  }

  args(args: readonly GraphQLArgument[]): string {
    if (args.length === 0) return '';
    if (args.every(({ description }) => !description))
      return `(${args.map((arg) => this.#input(arg)).join(', ')})`;
    const lines = args.map((arg) => `${about(arg.description, '    ')}    ${this.#input(arg)}`);
    return `(\n${lines.join('\n')}\n  )`;
  }

  #field(type: GraphQLNamedType, field: GraphQLField<unknown, unknown>): string {
    const uses = deprecated(field.deprecationReason) + this.#directives(nodesOfField(type, field));
    const signature = `${field.name}${this.args(field.args)}: ${String(field.type)}`;
    return `${about(field.description, '  ')}  ${signature}${uses}`;
  }

  #input(of: GraphQLArgument | GraphQLInputField): string {
    return inputText(of) + deprecated(of.deprecationReason) + this.#directives([of.astNode ?? {}]);
  }

  #directives(nodes: readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[]): string {
    const uses: ConstDirectiveNode[] = [];
    for (const use of usesOn(nodes)) {
      const before = this.repeatable.has(use.name.value)
        ? -1
        : uses.findIndex(({ name }) => name.value === use.name.value);
      if (before < 0) uses.push(use);
      else uses[before] = replaced(uses[before]!, use);
    }
    return uses.map((use) => ` ${print(use)}`).join('');
  }
}

/** Of two uses the later one wins, argument by argument; maxAge and inheritMaxAge answer one question (see `readHint`). */
function replaced(before: ConstDirectiveNode, later: ConstDirectiveNode): ConstDirectiveNode {
  const names = new Set(later.arguments?.map(({ name }) => name.value));
  if (names.has('maxAge') || names.has('inheritMaxAge')) names.add('maxAge').add('inheritMaxAge');
  const kept = (before.arguments ?? []).filter(({ name }: ConstArgumentNode) => !names.has(name.value));
  return { ...later, arguments: [...kept, ...(later.arguments ?? [])] };
}

function deprecated(reason: string | null | undefined): string {
  return reason === undefined || reason === null ? '' : ` @deprecated(reason: ${JSON.stringify(reason)})`;
}

function block(lines: readonly string[]): string {
  return lines.length === 0 ? '' : ` {\n${lines.join('\n')}\n}`;
}

function about(description: string | null | undefined, indent: string): string {
  if (!description) return '';
  const text = print({ kind: Kind.STRING, value: description, block: true });
  return `${text.replaceAll(/^(?=.)/gm, indent)}\n`;
}
