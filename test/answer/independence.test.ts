import {
  execute,
  getNamedType,
  isCompositeType,
  isObjectType,
  isUnionType,
  parse,
  validate,
  type ExecutionResult,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import * as fc from 'fast-check';
import { purgesOfMutation } from '../../src/answer/mutation-purges';
import { touchedBy } from '../../src/answer/touched';
import type { Knowledge } from '../../src/operation/operation';
import { describeTouch } from '../../src/policy/describe-touch';
import { seededRandom, type Random } from '../kit/random';
import { compiled, knowledgeOf } from './harness';

/** How a mutation returns what it changed. */
const FORMS = [
  'entity',
  'strict',
  'list',
  'payload',
  'strictPayload',
  'deep',
  'looseDeep',
  'union',
  'node',
  'edge',
] as const;
type Form = (typeof FORMS)[number];

interface Kind {
  /** references: to which kind, and whether they may be null; by their place */
  readonly references: readonly { readonly to: number; readonly isNullable: boolean }[];
  readonly isFound: boolean;
  readonly form: Form;
  /** a second entity in its payload */
  readonly beside: number | undefined;
  readonly verb: 'perform' | 'update' | 'create';
  /** it says that it changes nothing of what it refers to */
  readonly isSparing: boolean;
}

const kinds = (strict: boolean) =>
  fc.array(
    fc.record<Kind>({
      references: fc.array(fc.record({ to: fc.nat(3), isNullable: fc.boolean() }), { maxLength: 3 }),
      isFound: strict ? fc.boolean() : fc.constant(true),
      form: strict
        ? fc.constantFrom(...FORMS)
        : fc.constantFrom(...FORMS.filter((form) => form !== 'strictPayload' && form !== 'deep')),
      beside: fc.option(fc.nat(3), { nil: undefined }),
      verb: fc.constantFrom('perform', 'update', 'create'),
      isSparing: fc.boolean(),
    }),
    { minLength: 2, maxLength: 4 },
  );

const nameOf = (shape: readonly Kind[], index: number): string => `K${index % shape.length}`;

function sdlOf(shape: readonly Kind[]): string {
  const types = shape.map(({ references, form, beside, isFound, isSparing }, index) => {
    const name = `K${index}`;
    const fields = references.map(
      ({ to, isNullable }, at) => `r${at}: ${nameOf(shape, to)}${isNullable ? '' : '!'}`,
    );
    const other = beside === undefined ? '' : `beside: ${nameOf(shape, beside)}`;
    return `
      type ${name} implements Node { id: ID! text: String many: [${name}!]! figure: Int ${fields.join(' ')} }
      type ${name}Payload { it: ${name} ${other} note: String }
      type ${name}Strict { it: ${name}! ${other} note: String }
      type ${name}Deep { inner: ${name}Payload! note: String }
      type ${name}Loose { inner: ${name}Strict note: String }
      type ${name}Edge { node: ${name} cursor: String }
      type ${name}Connection { edges: [${name}Edge!]! }
      type ${name}EdgePayload { edge: ${name}Edge note: String }
      union ${name}Result = ${name}Payload | Problem
      extend type Query { all${name}: ${name}Connection ${isFound ? `${name}(id: ID!): ${name}` : ''} }
      extend type Mutation { ${mutationOf(shape, index)}(input: Input): ${RETURNS[form](name)} @purges(references: ${!isSparing}) }`;
  });
  return `
    interface Node { id: ID! }
    type Problem { message: String }
    input Input { id: ID ${shape.map((_, index) => `k${index}Id: ID`).join(' ')} }
    type Query { nothing: Int }
    type Mutation { nothing: Int }
    ${types.join('\n')}`;
}

const RETURNS: Readonly<Record<Form, (name: string) => string>> = {
  entity: (name) => name,
  strict: (name) => `${name}!`,
  list: (name) => `[${name}!]!`,
  payload: (name) => `${name}Payload`,
  strictPayload: (name) => `${name}Strict!`,
  deep: (name) => `${name}Deep`,
  looseDeep: (name) => `${name}Loose`,
  union: (name) => `${name}Result`,
  node: () => 'Node',
  edge: (name) => `${name}EdgePayload`,
};

const mutationOf = (shape: readonly Kind[], index: number): string =>
  shape[index]!.verb === 'perform' ? `perform${index}` : `${shape[index]!.verb}K${index}`;

/** One thing of a kind, with all that hangs on it. */
function thing(shape: readonly Kind[], index: number, id: string): Record<string, unknown> {
  const kind = index % shape.length;
  const { references: all } = shape[kind]!;
  const references = all.map(({ to }, at) => {
    // The first of each type is the one that arguments name.
    const before = all.slice(0, at).filter((one) => nameOf(shape, one.to) === nameOf(shape, to));
    return [`r${at}`, () => thing(shape, to, `${before.length}`)];
  });
  return {
    __typename: `K${kind}`,
    id,
    text: `text ${id}`,
    figure: 1,
    many: () => [thing(shape, kind, 'other')],
    ...Object.fromEntries(references),
  };
}

function rootOf(shape: readonly Kind[]): Record<string, unknown> {
  const fields = shape.flatMap(({ form, beside }, index) => {
    const it = thing(shape, index, '7');
    const payload = {
      __typename: `K${index}Payload`,
      it,
      beside: () => thing(shape, beside ?? 0, '0'),
      note: 'x',
    };
    const returned: Readonly<Record<Form, unknown>> = {
      entity: it,
      strict: it,
      list: [it, thing(shape, index, '8')],
      payload,
      strictPayload: payload,
      deep: { inner: payload },
      looseDeep: { inner: payload },
      union: payload,
      node: it,
      edge: { edge: { node: it, cursor: 'c' } },
    };
    return [
      [mutationOf(shape, index), returned[form]],
      [`K${index}`, ({ id }: { id: string }) => thing(shape, index, id)],
    ];
  });
  return Object.fromEntries(fields) as Record<string, unknown>;
}

/** Some of what can be selected, in all the ways it can be written. */
function selection(schema: GraphQLSchema, type: GraphQLCompositeType, random: Random, depth: number): string {
  const parts = random.chance(0.3) ? ['__typename'] : [];
  if (isUnionType(type) || type.name === 'Node') {
    for (const one of schema.getPossibleTypes(type as never))
      if (random.chance(0.6)) parts.push(`... on ${one.name} { ${selection(schema, one, random, depth)} }`);
  }
  for (const field of isUnionType(type) ? [] : Object.values(type.getFields())) {
    const below = getNamedType(field.type);
    if (random.chance(0.5) || (isCompositeType(below) && depth === 0)) continue;
    const alias = random.chance(0.3)
      ? `${random.pick(['a', 'id', 'it', 'text'])}${random.pick(['', '1'])}_${field.name}: `
      : '';
    const set = isCompositeType(below) ? ` { ${selection(schema, below, random, depth - 1)} }` : '';
    const text = `${alias}${field.name}${set}`;
    parts.push(isObjectType(type) && random.chance(0.2) ? `... on ${type.name} { ${text} }` : text);
  }
  return parts.length > 0 ? parts.join(' ') : '__typename';
}

async function tagsOf(shape: readonly Kind[], schema: ReturnType<typeof knowledgeOf>, text: string) {
  const rootValue = rootOf(shape);
  const run = (document: ReturnType<typeof parse>, variableValues = {}) =>
    JSON.parse(
      JSON.stringify(execute({ schema: schema.schema, document, rootValue, variableValues })),
    ) as ExecutionResult;
  const operation = compiled(schema, text);
  const { source } = operation.question.root;
  expect(validate(schema.schema, operation.question.document)).toEqual([]);
  const answer = run(operation.question.document);
  expect(answer.errors).toBeUndefined();
  const touched = touchedBy(operation, answer, {});
  const purges = await purgesOfMutation(source, touched, 'warn', async ({ document, variables }) =>
    run(document, variables),
  );
  return purges.map(({ tag }) => tag).sort();
}

/** What is written at random may ask for two things under one name. */
const isValid = (schema: GraphQLSchema, text: string): boolean => validate(schema, parse(text)).length === 0;

/** Whether purging these tags refuses every answer that purging a tag does. */
const covers = (tags: readonly string[], tag: string): boolean =>
  tags.includes(tag) || (tag.includes(':') && tags.includes(tag.slice(0, tag.indexOf(':'))));

describe('what a mutation touches', () => {
  it('P24 is the same however much was selected', async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(kinds(false), fc.nat(), async (shape, seed) => {
        const knowledge = knowledgeOf(sdlOf(shape));
        const random = seededRandom(seed);
        for (const index of shape.keys()) {
          const field = knowledge.schema.getMutationType()!.getFields()[mutationOf(shape, index)]!;
          const type = getNamedType(field.type) as GraphQLCompositeType;
          const args = random.chance(0.5)
            ? `(input: { id: "7", k${random.below(shape.length)}Id: "0" })`
            : '';
          const texts = [1, 2].map(
            () => `mutation { ${field.name}${args} { ${selection(knowledge.schema, type, random, 3)} } }`,
          );
          const [least, ...others] = [`mutation { ${field.name}${args} { __typename } }`, ...texts];
          const tags = await tagsOf(shape, knowledge, least!);
          for (const text of others.filter((one) => isValid(knowledge.schema, one))) {
            compared++;
            expect({ text, tags: await tagsOf(shape, knowledge, text) }).toEqual({ text, tags });
          }
        }
      }),
      { numRuns: 25 },
    );
    expect(compared).toBeGreaterThan(50);
  });

  it('P24 refuses no less for who selects nothing, where a key can be had from nowhere else', async () => {
    await fc.assert(
      fc.asyncProperty(kinds(true), fc.nat(), async (shape, seed) => {
        const knowledge = knowledgeOf(sdlOf(shape));
        const random = seededRandom(seed);
        for (const index of shape.keys()) {
          const field = knowledge.schema.getMutationType()!.getFields()[mutationOf(shape, index)]!;
          const type = getNamedType(field.type) as GraphQLCompositeType;
          const text = `mutation { ${field.name} { ${selection(knowledge.schema, type, random, 3)} } }`;
          if (!isValid(knowledge.schema, text)) continue;
          const least = await tagsOf(shape, knowledge, `mutation { ${field.name} { __typename } }`);
          const most = await tagsOf(shape, knowledge, text);
          // What is new is in no answer by its own name yet.
          const fresh = shape[index]!.verb === 'create' ? [`K${index}:7`, `K${index}:8`] : [];
          const missing = most.filter((tag) => !fresh.includes(tag) && !covers(least, tag));
          expect({ text, missing }).toEqual({ text, missing: [] });
        }
      }),
      { numRuns: 25 },
    );
  });

  it('P24 is no more, and as it is told of beforehand, where what it refers to is left alone', async () => {
    let spared = 0;
    await fc.assert(
      fc.asyncProperty(kinds(true), fc.nat(), async (shape, seed) => {
        const random = seededRandom(seed);
        const [purging, sparing] = [false, true].map((isSparing) =>
          knowledgeOf(sdlOf(shape.map((kind) => ({ ...kind, isSparing })))),
        ) as [Knowledge, Knowledge];
        for (const index of shape.keys()) {
          const field = sparing.schema.getMutationType()!.getFields()[mutationOf(shape, index)]!;
          const type = getNamedType(field.type) as GraphQLCompositeType;
          const args = random.chance(0.5)
            ? `(input: { id: "7", k${random.below(shape.length)}Id: "0" })`
            : '';
          const text = `mutation { ${field.name}${args} { ${selection(sparing.schema, type, random, 2)} } }`;
          if (!isValid(sparing.schema, text)) continue;
          const all = await tagsOf(shape, purging, text);
          const tags = await tagsOf(shape, sparing, text);
          expect({ text, more: tags.filter((tag) => !covers(all, tag)) }).toEqual({ text, more: [] });
          for (const [knowledge, found] of [
            [purging, all],
            [sparing, tags],
          ] as const) {
            const told = typesTold(knowledge, field.name);
            const untold = found.filter((tag) => tag !== '[Node]' && !told.has(/K\d+/.exec(tag)![0]));
            expect({ text, told: [...told], untold }).toEqual({ text, told: [...told], untold: [] });
          }
          expect(saidOf(sparing, field.name)).not.toMatch(/K\d+\.r\d/);
          spared += all.length - tags.length;
        }
      }),
      { numRuns: 25 },
    );
    expect(spared).toBeGreaterThan(0);
  });
});

/** The types that are named by what is said of a mutation beforehand, or that a field leads to which is. */
function typesTold(
  { schema, rules }: Pick<Knowledge, 'schema' | 'rules'>,
  mutation: string,
): ReadonlySet<string> {
  const said = saidOf({ schema, rules }, mutation);
  const types = Array.from(said.matchAll(/\b(K\d+)(?:\.(\w+))?/g), ([, type, name]) => {
    const owner = schema.getType(type!) as GraphQLObjectType;
    return name === undefined ? type! : getNamedType(owner.getFields()[name]!.type).name;
  });
  return new Set(types);
}

function saidOf({ schema, rules }: Pick<Knowledge, 'schema' | 'rules'>, mutation: string): string {
  return describeTouch(schema, rules, schema.getMutationType()!.getFields()[mutation]!).join('\n');
}
