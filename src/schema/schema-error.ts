import {
  Kind,
  print,
  valueFromAST,
  visit,
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  getLocation,
  type ASTNode,
} from 'graphql';
import { didYouMean } from 'graphql/jsutils/didYouMean';
import { suggestionList } from 'graphql/jsutils/suggestionList';
import { specifiedSDLRules } from 'graphql/validation/specifiedRules';
import { validateSDL } from 'graphql/validation/validate';
import type { SDLValidationContext, SDLValidationRule } from 'graphql/validation/ValidationContext';

// Not in the package's front door: the way through it joins all messages into one text and loses their places.

/** What to do, by the rule of graphql-js that complains. */
const REMEDIES: Readonly<Record<string, string>> = {
  LoneSchemaDefinitionRule: 'Keep one `schema` definition.',
  UniqueOperationTypesRule: 'Keep one of them.',
  UniqueTypeNamesRule: 'Remove one, or write `extend type`.',
  UniqueEnumValueNamesRule: 'Remove one of them.',
  UniqueFieldDefinitionNamesRule: 'Remove one of them.',
  UniqueArgumentDefinitionNamesRule: 'Remove one of them.',
  UniqueDirectiveNamesRule: 'Remove one of them.',
  KnownTypeNamesRule: 'Correct the name, or define the type.',
  KnownDirectivesRule: 'Correct the name or the place, or define it with `directive @name on ...`.',
  UniqueDirectivesPerLocationRule: 'Keep one of them.',
  PossibleTypeExtensionsRule: 'Correct the name, or extend it as what it is: type, interface or union.',
  KnownArgumentNamesOnDirectivesRule: 'Correct the argument, or remove it.',
  UniqueArgumentNamesRule: 'Keep one of them.',
  UniqueInputFieldNamesRule: 'Keep one of them.',
  ProvidedRequiredArgumentsOnDirectivesRule: 'Add the argument.',
};

/**
 * What graphql-js finds wrong with SDL.
 * @param schema what the document extends, if it does not stand alone
 * @param options.without names of rules that do not hold here
 * @param options.remedies instead of the usual ones, by name of the rule
 */
export function findSdlProblems(
  document: DocumentNode,
  schema: GraphQLSchema | undefined,
  options: {
    readonly without?: readonly string[];
    readonly remedies?: Readonly<Record<string, string>>;
  } = {},
): SchemaFinding[] {
  const remedies = new Map<GraphQLError, string>();
  const rules = specifiedSDLRules
    .filter((rule) => !options.without?.includes(rule.name))
    .map((rule): SDLValidationRule => {
      const remedy = options.remedies?.[rule.name] ?? REMEDIES[rule.name] ?? 'Correct it.';
      return (context) => rule(noting(context, (error) => remedies.set(error, remedy)));
    });
  const errors = validateSDL(document, schema, rules);
  return errors.map((error) => {
    const finding = toFinding(error, remedies.get(error) ?? 'Correct it.');
    return { ...finding, what: finding.what + similarDirective(error, document, schema) };
  });
}

/** graphql-js says of other names which one was meant. @returns nothing where the error is another */
function similarDirective(
  { message, nodes }: GraphQLError,
  document: DocumentNode,
  schema: GraphQLSchema | undefined,
): string {
  const [node] = nodes ?? [];
  if (node?.kind !== Kind.DIRECTIVE || !message.startsWith('Unknown directive')) return '';
  const own = document.definitions.filter((definition) => definition.kind === Kind.DIRECTIVE_DEFINITION);
  const names = [
    ...own.map(({ name }) => name.value),
    ...(schema?.getDirectives() ?? []).map(({ name }) => name),
  ];
  return didYouMean(suggestionList(node.name.value, names).map((name) => `@${name}`));
}

/** Arguments of directives that have the wrong type: graphql-js does not look at their values in SDL. */
export function findWrongArguments(document: DocumentNode, schema: GraphQLSchema): SchemaFinding[] {
  const findings: SchemaFinding[] = [];
  visit(document, {
    Directive(node) {
      const definition = schema.getDirective(node.name.value);
      for (const { name, value } of node.arguments ?? []) {
        const type = definition?.args.find((argument) => argument.name === name.value)?.type;
        if (!type || valueFromAST(value, type) !== undefined) continue;
        findings.push({
          place: placeOf(value),
          what: `@${node.name.value} takes ${name.value} as ${String(type)}, not ${print(value)}.`,
          remedy: `Write a value of type ${String(type)}.`,
        });
      }
    },
  });
  return findings;
}

/** The same context, but for telling which errors pass through it. */
function noting(context: SDLValidationContext, note: (error: GraphQLError) => void): SDLValidationContext {
  const noted = Object.create(context) as SDLValidationContext;
  noted.reportError = (error) => {
    note(error);
    context.reportError(error);
  };
  return noted;
}

/** Where in the files of an operator something stands. Lines and columns begin at 1. */
export interface SourcePlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One problem of a schema: where, what, and what to do. */
export interface SchemaFinding {
  readonly place: SourcePlace | undefined;
  readonly what: string;
  readonly remedy: string;
  /** the setting that is to be corrected, where it is none of the files */
  readonly variable?: 'SCHEMA';
}

/** Everything that is wrong with a schema, at once. */
export class SchemaError extends Error {
  readonly findings: readonly SchemaFinding[];

  /** @param findings at least one */
  constructor(findings: readonly SchemaFinding[]) {
    const sorted = [...findings].sort(byPlace);
    super(sorted.map(formatFinding).join('\n'));
    this.name = 'SchemaError';
    this.findings = sorted;
  }

  /** True where a setting is wrong, so that what it names could not even be read. */
  get isOfConfiguration(): boolean {
    return this.findings.some(({ variable }) => variable !== undefined);
  }
}

/** In the order in which one would correct the files; first errors that are in none. */
function byPlace({ place: a }: SchemaFinding, { place: b }: SchemaFinding): number {
  if (!a || !b) return (a ? 1 : 0) - (b ? 1 : 0);
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

/** `schema/cache.graphql:3:15 What. Remedy.` */
export function formatFinding({ place, what, remedy }: SchemaFinding): string {
  return `${place ? `${place.file}:${place.line}:${place.column} ` : ''}${what} ${remedy}`;
}

/** Where a node was written. Undefined for nodes that no file holds. */
export function placeOf(node: ASTNode | undefined): SourcePlace | undefined {
  if (!node?.loc) return undefined;
  const { line, column } = getLocation(node.loc.source, node.loc.start);
  return { file: node.loc.source.name, line, column };
}

/** A problem as graphql-js reports it. Of several places it names, the last is the one that offends. */
export function toFinding(error: GraphQLError, remedy: string): SchemaFinding {
  const last = error.nodes?.at(-1);
  const location = error.locations?.at(-1);
  const file = error.source?.name;
  const place = last ? placeOf(last) : file && location ? { file, ...location } : undefined;
  return { place, what: error.message, remedy };
}
