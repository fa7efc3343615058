/** The SDL of a generated API, its directives declared as an operator would who knows what each mutation does. */
import { childrenOf, keyNames, type Kind, type Shape } from './shape';

/** Lies an operator could tell: what the properties have to notice. */
export interface Lies {
  /** every mutation is said to leave lists alone */
  readonly noLists?: boolean;
}

export function sdlOf(shape: Shape, lies: Lies = {}): string {
  const things = shape.filter(({ isThing }) => isThing);
  const hasNodes = shape.some(({ isNode }) => isNode);
  const hasNames = shape.some(({ isNamed }) => isNamed);
  return `
    ${hasNodes ? 'interface Node { id: ID! }' : ''}
    ${hasNames ? 'interface Named { name: String! }' : ''}
    ${things.length > 0 ? `union Thing = ${things.map(({ name }) => name).join(' | ')}` : ''}
    type Problem { message: String! }
    ${shape.map((kind) => typesOf(shape, kind)).join('\n')}
    type Query {
      ${shape.map(queriesOf).join('\n')}
      ${hasNodes ? 'node(id: ID!): Node nodes: [Node!]!' : ''}
      ${hasNames ? 'named(name: String): [Named!]' : ''}
      ${things.length > 0 ? 'things: [Thing]! thingGrid: [[Thing!]!]!' : ''}
    }
    type Mutation { ${shape.map((kind) => mutationsOf(kind, lies)).join('\n')} }`;
}

function typesOf(shape: Shape, kind: Kind): string {
  const { name } = kind;
  const interfaces = [...(kind.isNode ? ['Node'] : []), ...(kind.isNamed ? ['Named'] : [])].join(' & ');
  const key = kind.key === 'code' || kind.key === 'pair' ? `@key(fields: "${keyNames(kind).join(' ')}")` : '';
  const children = childrenOf(shape, kind).map((child) => {
    const tag = child.isScoped ? `@cacheTag(format: "${scopeOf(child)}{$key.${keyNames(kind)[0]!}}")` : '';
    return `${listsOf(child, '', tag)} ${lower(child)}Rows: [${child.name}Row!]! ${tag}`;
  });
  return `
    type ${name} ${interfaces && `implements ${interfaces}`} ${key} {
      ${keyFieldsOf(kind, false)} ${kind.isNode && kind.key !== 'id' ? 'id: ID!' : ''}
      name: String! likes: Int! ${kind.parent ? `parent: ${kind.parent.name}` : ''} ${children.join(' ')}
    }
    ${filteredOf(shape, kind)}
    type ${name}Edge { cursor: String! node: ${name} }
    type ${name}Row { rank: Int! item: ${name}! }
    type ${name}Connection { edges: [${name}Edge!]! nodes: [${name}]! totalCount: Int! }
    type ${name}Page { items: [${name}!]! total: Int! }
    type ${name}Payload { ${kind.report === 'edge' ? `edge: ${name}Edge` : `item: ${name}`} broken: String ok: Boolean }
    union ${name}Result = ${name}Payload | Problem`;
}

/** Inputs that filter and order things of a kind, also through the one they belong to and through those that belong to them. */
function filteredOf(shape: Shape, kind: Kind): string {
  const { name, parent } = kind;
  const through = childrenOf(shape, kind).map((child) => `${lower(child)}s: ${child.name}ListFilter`);
  return `
    input ${name}Filter {
      name: String and: [${name}Filter!] not: ${name}Filter ${through.join(' ')}
      ${parent ? `parent: ${parent.name}Filter parentName: String` : ''}
    }
    input ${name}ListFilter { some: ${name}Filter none: ${name}Filter }
    enum ${name}Order { NAME ${parent ? 'PARENT__LIKES PARENT_NAME' : ''} }
    type ${name}Meta { count: Int! likes: Int! sums: ${name}Sums! names: [${name}Name!]! }
    type ${name}Sums { count: Int! }
    type ${name}Name { name: String! count: Int! }
    type ${name}Group { name: String! likes: Int! members: [${name}!]! }
    type ${name}Found { result: ${name}FoundItems! total: Int! }
    type ${name}FoundItems { items(orderBy: ${name}Order): [${name}!]! }`;
}

/** What is chosen, ordered, counted or grouped from all things of a kind. */
function figuresOf(kind: Kind): string {
  const { name } = kind;
  const one = lower(kind);
  const where = `where: ${name}Filter`;
  return `${one}Where(${where}, orderBy: [${name}Order!], first: Int): [${name}!]!
    ${one}Found(${where}): ${name}Found!
    ${one}Meta(${where}): ${name}Meta!  howMany${name}(${where}): Int!  ${one}Likes: Int!
    ${one}Groups: [${name}Group!]!  latest${name}: ${name}  most${name}(by: ${name}Order!): ${name}  ${one}ByLabel(name: String!): ${name}`;
}

function keyFieldsOf(kind: Kind, isArgument = true): string {
  const type = kind.key === 'number' ? 'Int!' : kind.key === 'none' && !isArgument ? 'ID' : 'ID!';
  return keyNames(kind)
    .map((name) => `${name}: ${type}`)
    .join(' ');
}

/** The list, the connection, the list of lists, the list of what wraps a thing, and the page of it. */
function listsOf(kind: Kind, args: string, tag: string): string {
  const { name } = kind;
  const list = lower(kind);
  return `${list}s${args}: [${name}!]! ${tag} ${list}Connection${args}: ${name}Connection! ${tag}
    ${list}Grid${args}: [[${name}!]!]! ${tag} ${list}Page${args}: ${name}Page! ${tag}`;
}

function queriesOf(kind: Kind): string {
  const { name, isScoped } = kind;
  const scope = isScoped ? `@cacheTag(format: "${scopeOf(kind)}{$args.parent}")` : '';
  const byName = isScoped ? '' : `${lower(kind)}ByName(name: String!): [${name}]`;
  const all = isScoped ? `@cacheTag(format: "all-${name}")` : '';
  return `${lower(kind)}(${keyFieldsOf(kind)}): ${name}
    ${kind.parent ? listsOf(kind, '(parent: ID)', scope) : listsOf(kind, '', '')} ${byName}
    ${lower(kind)}Rows: [${name}Row!]! ${all} ${isScoped ? '' : figuresOf(kind)}`;
}

function mutationsOf(kind: Kind, { noLists }: Lies): string {
  const { name, isScoped, isSparing, report, parent } = kind;
  const key = keyNames(kind).map((one) => `{$args.${one}}`);
  const entity = kind.key === 'none' ? name : `${name}:${key.join(':')}`;
  const keys = keyFieldsOf(kind);
  const purges = (tags: readonly string[], lists: boolean) => {
    const all = [
      ...(report === 'flag' ? [entity, ...(lists && !noLists ? [`[${name}]`] : [])] : []),
      ...tags,
    ];
    return `@purges(tags: [${all.map((tag) => `"${tag}"`).join(', ')}], lists: ${lists && !noLists}, references: ${!isSparing})`;
  };
  const scopes = (...args: string[]) =>
    isScoped ? [`all-${name}`, ...args.map((argument) => `${scopeOf(kind)}{$args.${argument}}`)] : [];
  const result = {
    entity: name,
    payload: `${name}Payload`,
    edge: `${name}Payload`,
    either: `${name}Result!`,
    flag: 'Boolean!',
  }[report];
  return `
    create${name}(${keys} name: String! ${parent ? 'parent: ID' : ''} fail: Boolean): ${result} ${purges(scopes('parent'), !isScoped)}
    rename${name}(${keys} name: String!): ${result} ${purges([], !isScoped)}
    like${name}(${keys}): ${result} ${purges([], false)}
    ${parent ? `move${name}(${keys} from: ID to: ID): ${result} ${purges(scopes('from', 'to'), !isScoped)}` : ''}
    delete${name}(${keys}): Boolean! @purges(tags: ["${entity}"${noLists ? '' : `, "[${name}]"`}])`;
}

/** What the declared tags of a kind's lists begin with. */
function scopeOf({ name }: Kind): string {
  return `${name}-of-`;
}

export function lower({ name }: Kind): string {
  return name.toLowerCase();
}
