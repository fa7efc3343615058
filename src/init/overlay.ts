import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isLeafType,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { printDirectives, type ProposedDirective } from '../policy/print-directives';
import type { Rules } from '../policy/rules';
import { holderOf, isOfViewer } from '../policy/viewer-names';
import { mutationsThatPurgeNothing } from '../policy/touched-types';
import { elementTypes, isKeyless, isReachable, isRootType } from '../policy/type-shape';

/** Seconds that each proposal has: short enough to be wrong for a while, long enough to be worth it. */
const SECONDS = 60;

/** Root fields that are most likely about who is asking. */
const isOwn = (name: string): boolean => isOfViewer(name) || /^current[A-Z_]/.test(name);

interface Abstract {
  readonly name: string;
  readonly possible: readonly string[];
}

interface Root {
  readonly coordinate: string;
  readonly lists: readonly string[];
}

/** What of an API could be kept, as its schema alone shows. */
export interface Candidates {
  /** object types with a key, by which they are purged one by one */
  readonly entities: readonly string[];
  /** object types that are part of what holds them */
  readonly parts: readonly string[];
  /** interfaces and unions of such, each with what it may be: what they are kept for they say themselves */
  readonly abstract: readonly Abstract[];
  /** root fields that return what has no key, each with the types of what it lists: nothing above them says how long */
  readonly roots: readonly Root[];
  /** root fields with plain values */
  readonly values: readonly string[];
  /** root fields whose answers most likely belong to one session */
  readonly own: readonly string[];
  /** fields below the root that by their names depend on who asks, each where one declaration is enough */
  readonly viewers: readonly string[];
  /** mutations of which nothing tells what they change */
  readonly silent: readonly string[];
}

/** @param rules of the schema as it is, with nothing laid over it */
export function findCandidates(schema: GraphQLSchema, rules: Rules): Candidates {
  const query = schema.getQueryType();
  const types = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(
      (type) =>
        !type.name.startsWith('__') && !isRootType(schema, type) && isReachable(schema, rules, type.name),
    );
  const roots = Object.values(query?.getFields() ?? {});
  const own = roots.filter(({ name, type }) => isOwn(name) && isCompositeType(getNamedType(type)));
  // What nothing else returns may belong to one user, so it is not proposed for all.
  const returned = new Set(
    [...types, ...(query ? [query] : [])]
      .flatMap((type) => Object.values(type.getFields()))
      .filter((field) => !own.includes(field))
      .map(({ type }) => getNamedType(type).name),
  );
  const isForAll = ({ name }: GraphQLObjectType) =>
    returned.has(name) || !own.some(({ type }) => getNamedType(type).name === name);
  const abstract = Object.values(schema.getTypeMap())
    .filter(isAbstractType)
    .filter((type) => returned.has(type.name) && !isKeyless(schema, type, rules));
  const lacking = roots.filter((field) => {
    const type = getNamedType(field.type);
    return isCompositeType(type) && isKeyless(schema, type, rules) && !own.includes(field);
  });
  const coordinates = (fields: typeof roots) => fields.map(({ name }) => `${query!.name}.${name}`);
  return {
    entities: types
      .filter((type) => !isKeyless(schema, type, rules) && isForAll(type))
      .map(({ name }) => name),
    parts: types.filter((type) => isKeyless(schema, type, rules) && isForAll(type)).map(({ name }) => name),
    abstract: abstract.map((type) => ({
      name: type.name,
      possible: schema.getPossibleTypes(type).map(({ name }) => name),
    })),
    roots: lacking.map(({ name, type }) => ({
      coordinate: `${query!.name}.${name}`,
      lists: elementTypes(schema, type, rules).map((element) => element.name),
    })),
    values: coordinates(roots.filter(({ type }) => isLeafType(getNamedType(type)))),
    own: coordinates(own),
    viewers: viewersBelow(schema, types),
    silent: mutationsThatPurgeNothing(schema, rules).map(({ type, field }) => `${type.name}.${field.name}`),
  };
}

function viewersBelow(schema: GraphQLSchema, types: readonly GraphQLObjectType[]): string[] {
  const coordinates = types.flatMap((type) =>
    Object.keys(type.getFields())
      .filter(isOfViewer)
      .map((field) => `${holderOf(schema, type, field).name}.${field}`),
  );
  return [...new Set(coordinates)];
}

/**
 * An overlay to begin with: every proposal is a comment, but for what was chosen.
 * @param candidates.tables lines that say which type is of which table
 * @param chosen entities to be kept; the parts of any of them go with them
 */
export function overlayText(
  schema: GraphQLSchema,
  { tables = [], ...candidates }: Candidates & { readonly tables?: readonly string[] },
  chosen: readonly string[],
): string {
  const { entities, parts, abstract, roots, values, own, viewers, silent } = candidates;
  const keepsAll = (names: readonly string[]) =>
    names.length > 0 && names.every((name) => chosen.includes(name));
  const keptAbstract = abstract.filter(({ possible }) => keepsAll(possible)).map(({ name }) => name);
  const keptRoots = roots.filter(({ lists }) => keepsAll(lists)).map(({ coordinate }) => coordinate);
  const lines = (
    proposals: readonly ProposedDirective[],
    isChosen: (name: string) => boolean = () => false,
  ) =>
    proposals.map((proposal) => {
      const [line = ''] = printDirectives(schema, [proposal], { inOneLine: true });
      return isChosen(proposal.coordinate) ? line : `# ${line}`;
    });
  const hinted = (names: readonly string[], hint: ProposedDirective['hint']) =>
    names.map((coordinate) => ({ coordinate, hint }));
  return [
    '# What may be cached, laid over the schema of your API. Take away the # of what you want kept, and say for how many seconds.',
    '# `lastmile check` says what follows from it, `lastmile explain` the same of one operation; the file is read again when it changes.',
    '# An answer is kept as long as its briefest field allows, and refused at once when a mutation changes what it shows.',
    '',
    ...section('Objects with a key: kept wherever they are shown, and purged one by one.', [
      ...lines(hinted(entities, { maxAge: SECONDS }), (name) => chosen.includes(name)),
    ]),
    ...section(
      'Parts of what holds them, such as pages and payloads: without this their answers are not kept.',
      [...lines(hinted(parts, { inheritMaxAge: true }), () => chosen.length > 0)],
    ),
    ...section('Interfaces and unions: what their fields return is kept for as long as they say.', [
      ...lines(
        hinted(
          abstract.map(({ name }) => name),
          { maxAge: SECONDS },
        ),
        (name) => keptAbstract.includes(name),
      ),
    ]),
    ...section(
      'Lists in pages, and what has no key, where a query begins: there nothing above says for how long.',
      lines(
        hinted(
          roots.map(({ coordinate }) => coordinate),
          { maxAge: SECONDS },
        ),
        (coordinate) => keptRoots.includes(coordinate),
      ),
    ),
    ...section(
      "Plain values: purges don't reach them (except figures about a list), so keep their maxAge short.",
      lines(hinted(values, { maxAge: 5 })),
    ),
    ...section(
      'Answers that belong to who is asking: PRIVATE, kept for each session (see SESSION).',
      lines(hinted(own, { maxAge: SECONDS, scope: 'PRIVATE' })),
    ),
    ...section(
      'Fields that by their names depend on who asks: PRIVATE, so that what one client is shown is shown to no other.',
      lines(hinted(viewers, { scope: 'PRIVATE' }), () => chosen.length > 0),
    ),
    ...section(
      'Rows of these tables: any change of them in the database purges, whatever its source (see CAPTURE_URL).',
      tables.map((line) => `# ${line}`),
    ),
    ...section(
      'Nothing tells what these mutations change: name it, or write @purges alone where no answer changes.',
      silent.map((coordinate) => `# ${purgesLine(schema, coordinate)}`),
    ),
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`# ${title}`, ...lines, ''] : [];
}

function purgesLine(schema: GraphQLSchema, coordinate: string): string {
  const [type = '', name = ''] = coordinate.split('.');
  const field = schema.getMutationType()?.getFields()[name];
  const args = (field?.args ?? []).map((argument) => `${argument.name}: ${String(argument.type)}`);
  const signature = `${name}${args.length > 0 ? `(${args.join(', ')})` : ''}: ${String(field?.type)}`;
  return `extend type ${type} { ${signature} @purges(tags: ["..."]) }`;
}
