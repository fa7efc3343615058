import { print, valueFromAST, visit } from 'graphql';
import type { DocumentNode, GraphQLError, GraphQLSchema } from 'graphql';
// Not in the package's front door: the way through it joins all messages into one text and loses their places.
import { specifiedSDLRules } from 'graphql/validation/specifiedRules';
import { validateSDL } from 'graphql/validation/validate';
import type { SDLValidationContext, SDLValidationRule } from 'graphql/validation/ValidationContext';
import { placeOf, toFinding, type SchemaFinding } from './schema-error';

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
  return errors.map((error) => toFinding(error, remedies.get(error) ?? 'Correct it.'));
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
