import {
  buildSchema,
  introspectionFromSchema,
  Kind,
  parse,
  type DefinitionNode,
  type DirectiveDefinitionNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  type IntrospectionQuery,
} from 'graphql';
import { DIRECTIVES_SDL } from './directives';

const OURS = parse(DIRECTIVES_SDL, { noLocation: true }).definitions;

/** True for a definition that we bring ourselves. */
export function isOurDirective(definition: DefinitionNode): boolean {
  return OURS.some((ours) => isSame(ours, definition));
}

/**
 * Adds our directives to a document that stands alone. A definition of the same name that the document brings, which may
 * be Apollo's and know less, is kept and given what it lacks.
 */
export function defineDirectives(document: DocumentNode): DocumentNode {
  const missing = OURS.filter((ours) => !document.definitions.some((definition) => isSame(ours, definition)));
  const present = document.definitions.map((definition) => {
    if (definition.kind !== Kind.DIRECTIVE_DEFINITION) return definition;
    const ours = OURS.find((candidate) => isSame(candidate, definition));
    return ours?.kind === Kind.DIRECTIVE_DEFINITION ? widen(definition, ours) : definition;
  });
  return { kind: Kind.DOCUMENT, definitions: [...present, ...missing] };
}

/** Adds our directives to an introspected schema, in the place of any that have the same names. */
export function introspectDirectives(introspection: IntrospectionQuery): IntrospectionQuery {
  const { __schema: schema } = introspection;
  const { __schema: ours } = introspectionFromSchema(buildSchema(`${DIRECTIVES_SDL} type Query { _: Int }`));
  const types = new Set([ours.queryType.name, ...schema.types.map((type) => type.name)]);
  const standard = new Set(['skip', 'include', 'deprecated', 'specifiedBy', 'oneOf']);
  const added = ours.directives.filter((directive) => !standard.has(directive.name));
  const names = new Set(added.map((directive) => directive.name));
  return {
    __schema: {
      ...schema,
      types: [...schema.types, ...ours.types.filter((type) => !types.has(type.name))],
      directives: [...schema.directives.filter((directive) => !names.has(directive.name)), ...added],
    },
  };
}

function isSame(ours: DefinitionNode, other: DefinitionNode): boolean {
  return (
    ours.kind === other.kind && 'name' in ours && 'name' in other && ours.name?.value === other.name?.value
  );
}

/** What is added is never required: those who wrote the narrower definition could not have given it. */
function widen(theirs: DirectiveDefinitionNode, ours: DirectiveDefinitionNode): DirectiveDefinitionNode {
  const known = new Set(theirs.arguments?.map((argument) => argument.name.value));
  const places = new Set(theirs.locations.map((location) => location.value));
  return {
    ...theirs,
    repeatable: theirs.repeatable || ours.repeatable,
    arguments: [
      ...(theirs.arguments ?? []),
      ...(ours.arguments ?? []).filter((argument) => !known.has(argument.name.value)).map(optional),
    ],
    locations: [...theirs.locations, ...ours.locations.filter((location) => !places.has(location.value))],
  };
}

function optional(argument: InputValueDefinitionNode): InputValueDefinitionNode {
  return argument.type.kind === Kind.NON_NULL_TYPE ? { ...argument, type: argument.type.type } : argument;
}
