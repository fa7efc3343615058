import {
  Kind,
  type DirectiveNode,
  type DocumentNode,
  type SelectionNode,
  type TypeNode,
  type ValueNode,
  type VariableDefinitionNode,
} from 'graphql';

/**
 * One text for all documents that differ only in how they are laid out and, with numbers, in what they call their variables.
 * Without numbers it is GraphQL, with nothing in it that means nothing, so that two that differ otherwise have two texts. It
 * is for keys: to write it takes a quarter of what `print` does, and no upstream is sent it.
 *
 * @param document one operation and the fragments it uses, valid for some schema
 * @param numbers of variables by their names; none: variables stand by their names
 */
export function operationText(document: DocumentNode, numbers: ReadonlyMap<string, number>): string {
  const writer = new Writer(numbers);
  let text = '';
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      const { operation, name, variableDefinitions = [], directives, selectionSet } = definition;
      const head = `${operation} ${name?.value ?? ''}${writer.declarations(variableDefinitions)}`;
      text += head + writer.directives(directives) + writer.set(selectionSet.selections);
    } else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      const { name, typeCondition, directives, selectionSet } = definition;
      const head = `fragment ${name.value} on ${typeCondition.name.value}${writer.directives(directives)}`;
      text += head + writer.set(selectionSet.selections);
    }
  }
  return text;
}

class Writer {
  constructor(readonly numbers: ReadonlyMap<string, number>) {}

  set(selections: readonly SelectionNode[]): string {
    let text = '{';
    for (const selection of selections) text += this.#selection(selection);
    return `${text}}`;
  }

  #selection(selection: SelectionNode): string {
    const directives = this.directives(selection.directives);
    if (selection.kind === Kind.FRAGMENT_SPREAD) return `...${selection.name.value}${directives} `;
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const { typeCondition, selectionSet } = selection;
      const condition = typeCondition ? `on ${typeCondition.name.value}` : '';
      return `... ${condition}${directives}${this.set(selectionSet.selections)}`;
    }
    const { alias, name, arguments: given, selectionSet } = selection;
    const field = alias ? `${alias.value}:${name.value}` : name.value;
    const head = field + this.#arguments(given) + directives;
    return selectionSet ? head + this.set(selectionSet.selections) : `${head} `;
  }

  declarations(all: readonly VariableDefinitionNode[]): string {
    if (all.length === 0) return '';
    const texts = all.map(({ variable, type, defaultValue, directives }) => {
      const byDefault = defaultValue ? `=${this.#value(defaultValue)}` : '';
      return `${this.#value(variable)}:${typeText(type)}${byDefault}${this.directives(directives)}`;
    });
    return `(${texts.join()})`;
  }

  directives(all: readonly DirectiveNode[] | undefined): string {
    if (!all?.length) return '';
    return all.map(({ name, arguments: given }) => `@${name.value}${this.#arguments(given)}`).join('');
  }

  #arguments(
    given: readonly { readonly name: { readonly value: string }; readonly value: ValueNode }[] | undefined,
  ): string {
    if (!given?.length) return '';
    return `(${given.map(({ name, value }) => `${name.value}:${this.#value(value)}`).join()})`;
  }

  #value(node: ValueNode): string {
    switch (node.kind) {
      case Kind.VARIABLE:
        return `$${this.numbers.get(node.name.value) ?? node.name.value}`;
      case Kind.STRING:
        return JSON.stringify(node.value);
      case Kind.LIST:
        return `[${node.values.map((one) => this.#value(one)).join()}]`;
      case Kind.OBJECT:
        return `{${node.fields.map(({ name, value }) => `${name.value}:${this.#value(value)}`).join()}}`;
      case Kind.NULL:
        return 'null';
      default:
        return String(node.value);
    }
  }
}

function typeText(type: TypeNode): string {
  if (type.kind === Kind.NAMED_TYPE) return type.name.value;
  return type.kind === Kind.LIST_TYPE ? `[${typeText(type.type)}]` : `${typeText(type.type)}!`;
}
