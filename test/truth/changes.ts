/** Random changes of a generated API's data, as clients write them. */
import type { Random } from '../kit/random';
import { lower } from './sdl';
import { childrenOf, keyValues, refsOf, type Kind } from './shape';
import type { Ledger } from './ledger';

export const NAMES = ['Ada', 'Bob', 'Cy'] as const;

/** One mutation with one field or two. What it says of the data, such as where a thing is moved from, is true. */
export function changeText(ledger: Ledger, random: Random): string {
  const first = random.pick(ledger.shape);
  const others = ledger.shape.filter((kind) => kind !== first);
  const kinds = random.chance(0.2) ? [first, random.pick(others)] : [first];
  return `mutation { ${kinds.map((kind, index) => `m${index}: ${changeOf(ledger, kind, random)}`).join(' ')} }`;
}

function changeOf(ledger: Ledger, kind: Kind, random: Random): string {
  const ref = random.pick(refsOf(kind));
  const keys = Object.entries(keyValues(kind, ref)).map(
    ([name, value]) => `${name}: ${JSON.stringify(value)}`,
  );
  const thing = ledger.find(kind, ref);
  const verb = thing
    ? random.pick(['rename', 'like', 'delete', ...(kind.parent ? ['move', 'move', 'move'] : [])])
    : random.chance(0.9)
      ? 'create'
      : random.pick(['rename', 'delete']);
  const parent = () =>
    JSON.stringify(kind.parent && random.chance(0.8) ? random.pick(refsOf(kind.parent)) : null);
  const args: Record<string, () => string[]> = {
    create: () => [
      `name: "${random.pick(NAMES)}"`,
      ...(kind.parent ? [`parent: ${parent()}`] : []),
      ...(random.chance(0.15) ? ['fail: true'] : []),
    ],
    rename: () => [`name: "${random.pick(NAMES)}"`],
    move: () => [`from: ${JSON.stringify(thing?.parentRef ?? null)}`, `to: ${parent()}`],
    like: () => [],
    delete: () => [],
  };
  const selection = verb === 'delete' ? '' : selectionOf(ledger, kind, random);
  return `${verb}${kind.name}(${[...keys, ...args[verb]!()].join(', ')}) ${selection}`;
}

/** What a mutation touched must not depend on it. */
function selectionOf(ledger: Ledger, kind: Kind, random: Random): string {
  const { name, report, parent } = kind;
  const [child] = childrenOf(ledger.shape, kind);
  const ofThing = random.pick([
    '{ __typename }',
    '{ n: name }',
    '{ ... @skip(if: true) { name } likes }',
    ...(parent ? ['{ parent { name } }'] : []),
    ...(child ? [`{ ${lower(child)}s { likes } }`] : []),
  ]);
  const ofPayload = random.pick([
    '{ ok }',
    '{ __typename broken }',
    report === 'edge' ? `{ edge { node ${ofThing} } }` : `{ item ${ofThing} }`,
    report === 'edge' ? '{ edge { cursor } }' : `{ other: item ${ofThing} broken }`,
  ]);
  switch (report) {
    case 'flag':
      return '';
    case 'entity':
      return ofThing;
    case 'either':
      return random.chance(0.5) ? '{ __typename }' : `{ ... on ${name}Payload ${ofPayload} }`;
    case 'payload':
    case 'edge':
      return ofPayload;
  }
}
