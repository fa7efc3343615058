import {
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isListType,
  isUnionType,
  Kind,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { readRules } from '../../src/policy/rules';
import { generateOperations } from './generate-operations';
import { createSharedSchema } from './shared-schema';

const schema = createSharedSchema(1, 0);
const rules = readRules(schema, { defaultMaxAge: 0 });

/** What an operation has that could be decided wrongly. */
function featuresOf(text: string): Set<string> {
  const features = new Set<string>();
  const info = new TypeInfo(schema);
  let fragments = 0;
  visit(
    parse(text),
    visitWithTypeInfo(info, {
      Field: {
        enter(node) {
          const parent = info.getParentType();
          const field = info.getFieldDef();
          if (node.alias) features.add('an alias');
          if (node.name.value === '__typename') return;
          if (!parent || !field) return;
          const hint = rules.fieldHint(parent.name, field.name);
          const ofType = rules.typeHint(getNamedType(field.type).name);
          if (isInterfaceType(parent)) features.add('a field of an interface');
          if (isInterfaceType(getNamedType(field.type))) features.add('an interface');
          if (isUnionType(getNamedType(field.type))) features.add('a union');
          if (isListType(field.type)) features.add('a list that may be null');
          if (hint?.inheritMaxAge) features.add('inheritMaxAge on a field');
          if (ofType?.inheritMaxAge) features.add('inheritMaxAge on a type');
          if (hint?.scope === 'PUBLIC') features.add('PUBLIC on a field');
          if (hint?.scope === 'PRIVATE') features.add('PRIVATE on a field');
          if (ofType?.scope === 'PRIVATE') features.add('PRIVATE on a type');
          if (hint?.maxAge === undefined && ofType?.maxAge === undefined && node.selectionSet)
            features.add('an object that nobody gave a maxAge');
          if (node.arguments?.length) features.add('an argument');
        },
      },
      SelectionSet(node) {
        const only = node.selections.every(
          (one) => one.kind === Kind.FIELD && one.name.value === '__typename',
        );
        if (only) features.add('nothing but __typename');
        const names = node.selections.map((one) =>
          one.kind === Kind.FIELD ? (one.alias ?? one.name).value : '',
        );
        if (names.some((name, index) => name && names.indexOf(name) < index)) features.add('a field twice');
      },
      InlineFragment: {
        enter(node) {
          if (++fragments > 1) features.add('a fragment in a fragment');
          if (!node.typeCondition) features.add('a fragment without a type');
          else if (isAbstractType(schema.getType(node.typeCondition.name.value)))
            features.add('a fragment on an interface or union');
          else features.add('a fragment on an object type');
        },
        leave: () => void fragments--,
      },
      FragmentSpread: () => {
        features.add('a fragment with a name');
        if (fragments > 0) features.add('a fragment in a fragment');
      },
      Directive(node) {
        const kind = node.arguments![0]!.value.kind === Kind.VARIABLE ? 'a variable' : 'a literal';
        features.add(`@${node.name.value} with ${kind}`);
      },
    }),
  );
  return features;
}

it('generates operations with everything that maxAge and scope depend on', () => {
  const texts = [1, 2, 3, 4].flatMap((seed) => [
    ...generateOperations(schema, { seed, count: 150, breadth: 2 }),
    ...generateOperations(schema, { seed: seed + 100, count: 150 }),
  ]);
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const feature of featuresOf(text)) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  console.log(texts.length, Object.fromEntries([...counts].sort((a, b) => a[1] - b[1])));
  expect(new Set(texts).size).toBeGreaterThan(1000);
  const wanted = [
    'a field of an interface',
    'an interface',
    'a union',
    'a list that may be null',
    'inheritMaxAge on a field',
    'inheritMaxAge on a type',
    'PUBLIC on a field',
    'PRIVATE on a field',
    'PRIVATE on a type',
    'an object that nobody gave a maxAge',
    'an argument',
    'an alias',
    'a field twice',
    'nothing but __typename',
    'a fragment in a fragment',
    'a fragment without a type',
    'a fragment on an interface or union',
    'a fragment on an object type',
    'a fragment with a name',
    '@skip with a variable',
    '@skip with a literal',
    '@include with a variable',
    '@include with a literal',
  ];
  const rare = wanted.filter((feature) => (counts.get(feature) ?? 0) < 20);
  expect(rare).toEqual([]);
});
