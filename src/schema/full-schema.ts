import {
  buildASTSchema,
  Kind,
  print,
  validateSchema,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  type GraphQLSchema,
} from 'graphql';
import { defineDirectives } from './directive-definitions';
import { keepDigits } from './literal';
import { applyOverlay } from './overlay';
import { SchemaError, toFinding, findSdlProblems, findWrongArguments } from './schema-error';

/** True when a document says what can be queried, so that it needs no schema to be laid over. */
export function isFullSchema(document: DocumentNode): boolean {
  let query = 'Query';
  for (const node of document.definitions) {
    if (node.kind !== Kind.SCHEMA_DEFINITION) continue;
    query = node.operationTypes.find(({ operation }) => operation === 'query')?.type.name.value ?? query;
  }
  return document.definitions.some(
    (node) => node.kind === Kind.OBJECT_TYPE_DEFINITION && node.name.value === query && node.fields?.length,
  );
}

/**
 * Builds a schema from SDL that stands alone. In it, too, a field may be declared again in an extension to give it
 * directives, so that a schema as its owner publishes it and what an operator says about it can be two files.
 * @param couldBeOverlay true when there is an upstream whose schema this may have been meant to be laid over
 * @throws SchemaError with everything that is wrong
 */
export function buildFullSchema(document: DocumentNode, couldBeOverlay: boolean): GraphQLSchema {
  const { whole, again } = separateOverlay(defineDirectives(document));
  const problems = findSdlProblems(
    whole,
    undefined,
    couldBeOverlay ? { remedies: { KnownTypeNamesRule: UNKNOWN_TYPE } } : {},
  );
  if (problems.length > 0) throw new SchemaError(problems);
  const schema = keepDigits(buildASTSchema(whole, { assumeValidSDL: true }));
  const findings = [
    ...validateSchema(schema).map((error) => toFinding(error, 'Correct the SDL.')),
    ...findWrongArguments(whole, schema),
  ];
  if (findings.length === 0) findings.push(...applyOverlay(schema, again));
  if (findings.length > 0) throw new SchemaError(findings);
  return schema;
}

const UNKNOWN_TYPE =
  'Correct the name, or define the type. If this file is to be laid over the schema of UPSTREAM_URL, write `extend type Query`.';

/**
 * Takes out the fields that are declared again: in extensions those that the extended definition has already, and in a
 * definition those that it repeats word for word. GitHub's published schema does that.
 */
function separateOverlay(document: DocumentNode): { whole: DocumentNode; again: DocumentNode } {
  const defined = new Map<string, ReadonlySet<string>>();
  for (const node of document.definitions) {
    if (node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION) {
      defined.set(node.name.value, new Set(node.fields?.map((field) => field.name.value)));
    }
  }
  const again: DefinitionNode[] = [];
  const whole = document.definitions.map((node) => {
    const repeated = repeatedFields(node, defined);
    if (repeated.size === 0 || !('fields' in node)) return node;
    const fields = (node.fields ?? []) as readonly FieldDefinitionNode[];
    again.push({
      kind: node.kind,
      name: node.name,
      fields: fields.filter((field) => repeated.has(field)),
      ...(node.loc && { loc: node.loc }),
    } as DefinitionNode);
    return { ...node, fields: fields.filter((field) => !repeated.has(field)) } as DefinitionNode;
  });
  return {
    whole: { kind: Kind.DOCUMENT, definitions: whole },
    again: { kind: Kind.DOCUMENT, definitions: again },
  };
}

function repeatedFields(
  node: DefinitionNode,
  defined: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<FieldDefinitionNode> {
  switch (node.kind) {
    case Kind.OBJECT_TYPE_EXTENSION:
    case Kind.INTERFACE_TYPE_EXTENSION: {
      const known = defined.get(node.name.value);
      return new Set(node.fields?.filter((field) => known?.has(field.name.value)));
    }
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION: {
      const fields = node.fields ?? [];
      if (defined.get(node.name.value)?.size === fields.length) return NONE;
      const first = new Map<string, FieldDefinitionNode>();
      for (const field of fields) if (!first.has(field.name.value)) first.set(field.name.value, field);
      return new Set(
        fields.filter((field) => {
          const earlier = first.get(field.name.value)!;
          return earlier !== field && signatureOf(earlier) === signatureOf(field);
        }),
      );
    }
    default:
      return NONE;
  }
}

const NONE: ReadonlySet<FieldDefinitionNode> = new Set();

/** A field without what is said about it. */
function signatureOf(field: FieldDefinitionNode): string {
  return print({ ...bare(field), arguments: (field.arguments ?? []).map(bare) });
}

function bare<Node extends FieldDefinitionNode | InputValueDefinitionNode>(node: Node): Node {
  const { description: _, ...rest } = node;
  return { ...rest, directives: [] } as unknown as Node;
}
