/** In the manner of typegraphql-prisma: findMany, nested writes, `_count`, groupBy, composite and unique keys. */
import { GraphQLError } from 'graphql';
import { average, compare, from1to, inTransactions, serve, take } from './serve.mjs';

const MODELS = {
  User: {
    fields: { id: 'Int', email: 'String', name: 'String', age: 'Int' },
    unique: ['id', 'email'],
    one: { profile: ['Profile', null, 'userId'] },
    many: { posts: ['Post', 'authorId'], comments: ['Comment', 'userId'] },
  },
  Profile: {
    fields: { id: 'Int', bio: 'String', userId: 'Int' },
    unique: ['id', 'userId'],
    one: { user: ['User', 'userId'] },
    many: {},
  },
  Post: {
    fields: { id: 'Int', title: 'String', views: 'Int', published: 'Boolean', authorId: 'Int' },
    unique: ['id'],
    one: { author: ['User', 'authorId'] },
    many: { comments: ['Comment', 'postId'], categories: ['Category', 'm2n'] },
  },
  Comment: {
    fields: { id: 'Int', body: 'String', postId: 'Int', userId: 'Int' },
    unique: ['id'],
    one: { post: ['Post', 'postId'], user: ['User', 'userId'] },
    many: {},
  },
  Category: {
    fields: { id: 'Int', name: 'String' },
    unique: ['id', 'name'],
    one: {},
    many: { posts: ['Post', 'm2n'] },
  },
};
const rows = {
  User: from1to(5).map((id) => ({ id, email: `u${id}@x`, name: `U${id}`, age: 20 + id })),
  Profile: from1to(3).map((id) => ({ id, bio: `b${id}`, userId: id })),
  Post: from1to(10).map((id) => ({
    id,
    title: `P${id}`,
    views: id * 2,
    published: id % 2 > 0,
    authorId: 1 + (id % 5),
  })),
  Comment: from1to(16).map((id) => ({ id, body: `c${id}`, postId: 1 + (id % 10), userId: 1 + (id % 5) })),
  Category: from1to(4).map((id) => ({ id, name: `C${id}` })),
};
/** post -> category */
const links = from1to(12).map((id) => [1 + (id % 10), 1 + (id % 4)]);
const nullable = new Set(['Profile.bio', 'Post.authorId', 'User.name', 'Comment.userId']);
let made = 100;
const related = (model, row, name) => {
  const [target, column, back] = MODELS[model].one[name];
  return column
    ? (rows[target].find(({ id }) => id === row[column]) ?? null)
    : (rows[target].find((one) => one[back] === row.id) ?? null);
};
const children = (model, row, name) => {
  const [target, column] = MODELS[model].many[name];
  if (column !== 'm2n') return rows[target].filter((one) => one[column] === row.id);
  const [own, other] = model === 'Post' ? [0, 1] : [1, 0];
  return rows[target].filter(({ id }) => links.some((link) => link[own] === row.id && link[other] === id));
};
function test(value, filter) {
  return Object.entries(filter).every(([op, arg]) => {
    if (op === 'equals') return value === arg;
    if (arg === null) return true;
    if (op === 'in') return arg.includes(value);
    if (op === 'not') return !test(value, arg);
    if (op === 'contains') return String(value ?? '').includes(arg);
    return value !== null && (op === 'gt' ? value > arg : value < arg);
  });
}
function matches(model, row, where) {
  return Object.entries(where ?? {}).every(([name, value]) => {
    if (value === null && !(name in MODELS[model].one)) return true;
    if (name === 'AND') return value.every((one) => matches(model, row, one));
    if (name === 'OR') return value.some((one) => matches(model, row, one));
    if (name === 'NOT') return !value.some((one) => matches(model, row, one));
    if (name in MODELS[model].fields) return test(row[name], value);
    if (name in MODELS[model].one) {
      const found = related(model, row, name);
      if (value === null) return found === null;
      const target = MODELS[model].one[name][0];
      return (
        (!value.is || (found && matches(target, found, value.is))) &&
        (!value.isNot || !found || !matches(target, found, value.isNot))
      );
    }
    const all = children(model, row, name);
    const fits = (f) => (one) => matches(MODELS[model].many[name][0], one, f);
    return (
      (!value.some || all.some(fits(value.some))) &&
      (!value.every || all.every(fits(value.every))) &&
      (!value.none || !all.some(fits(value.none)))
    );
  });
}
const keyOf = (model, row, order) => {
  const [[name, below]] = Object.entries(order);
  if (name in MODELS[model].fields) return [row[name], below];
  if (name in MODELS[model].many) return [children(model, row, name).length, below['_count']];
  const found = related(model, row, name);
  return found ? keyOf(MODELS[model].one[name][0], found, below) : [null, 'asc'];
};
function findMany(model, { where, orderBy, take: count, skip, cursor, distinct } = {}, from = rows[model]) {
  let found = from.filter((row) => matches(model, row, where));
  for (const order of (orderBy ?? []).toReversed().filter((one) => Object.keys(one).length === 1))
    found = found.toSorted((a, b) => {
      const [x, way] = keyOf(model, a, order);
      const [y] = keyOf(model, b, order);
      return way === 'desc' ? compare(y, x) : compare(x, y);
    });
  if (distinct?.length) {
    const seen = new Set();
    found = found.filter((r) => {
      const k = JSON.stringify(distinct.map((d) => r[d]));
      return !seen.has(k) && seen.add(k);
    });
  }
  const start = cursor
    ? Math.max(
        0,
        found.findIndex((row) => isUnique(row, cursor)),
      )
    : 0;
  return found.slice(start + (skip ?? 0), start + (skip ?? 0) + Math.abs(count ?? 1000));
}
const isUnique = (row, where) =>
  Object.entries(where).every(([name, value]) => value === null || row[name] === value);
const unique = (model, where) => {
  if (Object.values(where).every((v) => v === null || v === undefined)) throw new GraphQLError('needs one');
  return rows[model].find((row) => isUnique(row, where)) ?? null;
};
const needed = (model, where) => {
  const row = unique(model, where);
  if (!row) throw new GraphQLError('Record to update not found.');
  return row;
};
function link(model, row, name, target) {
  const [, column] = MODELS[model].many[name];
  if (column !== 'm2n') target[column] = row.id;
  else {
    const pair = model === 'Post' ? [row.id, target.id] : [target.id, row.id];
    if (!links.some(([a, b]) => a === pair[0] && b === pair[1])) links.push(pair);
  }
}
function unlink(model, row, name, target) {
  const [, column] = MODELS[model].many[name];
  if (column !== 'm2n') {
    if (column !== 'postId') target[column] = null;
  } else
    take(links, ([a, b]) =>
      model === 'Post' ? a === row.id && b === target.id : b === row.id && a === target.id,
    );
}
function nested(model, row, data) {
  for (const [name, w] of Object.entries(data)) {
    if (!w) continue;
    if (name in MODELS[model].many) {
      const [target] = MODELS[model].many[name];
      for (const one of w.set ? children(model, row, name) : []) unlink(model, row, name, one);
      for (const where of [...(w.connect ?? []), ...(w.set ?? [])])
        link(model, row, name, needed(target, where));
      for (const one of w.create ?? []) link(model, row, name, create(target, one));
      for (const { where, create: of } of w.connectOrCreate ?? [])
        link(model, row, name, unique(target, where) ?? create(target, of));
      for (const where of w.disconnect ?? []) unlink(model, row, name, needed(target, where));
      for (const where of w.delete ?? []) remove(target, needed(target, where));
      for (const { where, data: of } of w.update ?? []) update(target, needed(target, where), of);
      for (const { where, data: of } of w.updateMany ?? [])
        for (const one of children(model, row, name))
          if (matches(target, one, where)) update(target, one, of);
      for (const where of w.deleteMany ?? [])
        for (const one of children(model, row, name)) if (matches(target, one, where)) remove(target, one);
    } else if (name in MODELS[model].one) {
      const [target, column, back] = MODELS[model].one[name];
      const current = related(model, row, name);
      const found = w.connect
        ? needed(target, w.connect)
        : w.create
          ? create(target, w.create)
          : w.connectOrCreate
            ? (unique(target, w.connectOrCreate.where) ?? create(target, w.connectOrCreate.create))
            : w.upsert
              ? current
                ? update(target, current, w.upsert.update)
                : create(target, w.upsert.create)
              : undefined;
      if (found && column) row[column] = found.id;
      else if (found) {
        if (current && current !== found) remove(target, current);
        found[back] = row.id;
      }
      if (w.update && current) update(target, current, w.update);
      if (w.disconnect && column && nullable.has(`${model}.${column}`)) row[column] = null;
      if (w.delete && current) {
        remove(target, current);
        if (column) row[column] = null;
      }
    }
  }
}
function create(model, data) {
  const row = Object.fromEntries(Object.keys(MODELS[model].fields).map((name) => [name, data[name] ?? null]));
  row.id = ++made;
  for (const u of MODELS[model].unique)
    if (u !== 'id' && row[u] !== null && rows[model].some((one) => one[u] === row[u]))
      throw new GraphQLError('Unique constraint failed');
  rows[model].push(row);
  nested(model, row, data);
  for (const [f] of Object.entries(MODELS[model].fields))
    if (row[f] === null && !nullable.has(`${model}.${f}`))
      row[f] =
        f === 'postId'
          ? rows.Post[0].id
          : f === 'userId'
            ? rows.User[0].id
            : MODELS[model].fields[f] === 'Int'
              ? 0
              : MODELS[model].fields[f] === 'Boolean'
                ? false
                : `x${row.id}`;
  return row;
}
function update(model, row, data) {
  for (const [name, value] of Object.entries(data)) {
    if (!(name in MODELS[model].fields) || value === null) continue;
    if (
      MODELS[model].unique.includes(name) &&
      rows[model].some((one) => one !== row && one[name] === (value.set ?? value))
    )
      throw new GraphQLError('Unique constraint failed');
    if (typeof value !== 'object') row[name] = value;
    else if (value.increment) row[name] = (row[name] ?? 0) + value.increment;
    else if ('set' in value && (value.set !== null || nullable.has(`${model}.${name}`)))
      row[name] = value.set;
  }
  nested(model, row, data);
  return row;
}
function remove(model, row) {
  take(rows[model], (one) => one === row);
  if (model === 'User') {
    for (const p of rows.Profile.filter((o) => o.userId === row.id)) remove('Profile', p);
    for (const p of rows.Post) if (p.authorId === row.id) p.authorId = null;
    for (const c of rows.Comment.filter((o) => o.userId === row.id)) c.userId = null;
  }
  if (model === 'Post') {
    for (const c of rows.Comment.filter((o) => o.postId === row.id)) remove('Comment', c);
    take(links, ([a]) => a === row.id);
  }
  if (model === 'Category') take(links, ([, b]) => b === row.id);
  return row;
}
let sdl = `enum SortOrder { asc desc } input OrderByCount { _count: SortOrder }
  input IntFilter { equals: Int in: [Int!] gt: Int lt: Int not: IntFilter } input StringFilter { equals: String in: [String!] contains: String not: StringFilter } input BooleanFilter { equals: Boolean }
  input IntUpdate { set: Int increment: Int } input StringUpdate { set: String } input BooleanUpdate { set: Boolean }
  type AffectedRowsOutput { count: Int! }
  type Query { feed(searchString: String, take: Int): [Post!]! drafts: [Post!]! }
  type Mutation { incrementViews(postId: Int!): Int! publishAll(authorEmail: String!): Boolean! }`;
const Query = {
  feed: (_, { searchString, take: n }) =>
    rows.Post.filter((p) => p.published && p.title.includes(searchString ?? '')).slice(0, n ?? 100),
  drafts: () => rows.Post.filter((p) => !p.published),
};
const Mutation = {
  incrementViews: (_, { postId }) => {
    const post = needed('Post', { id: postId });
    return ++post.views;
  },
  publishAll: (_, { authorEmail }) => {
    const user = unique('User', { email: authorEmail });
    for (const p of rows.Post) if (user && p.authorId === user.id) p.published = true;
    return Boolean(user);
  },
};
const resolvers = { Query, Mutation };
for (const [model, { fields, unique: keys, one, many }] of Object.entries(MODELS)) {
  const cols = Object.entries(fields);
  const ones = Object.entries(one);
  const manys = Object.entries(many);
  const plural = model === 'Category' ? 'categories' : `${model.toLowerCase()}s`;
  const low = model.toLowerCase();
  const list = (m) =>
    `(where: ${m}WhereInput, orderBy: [${m}OrderByInput!], cursor: ${m}WhereUniqueInput, take: Int, skip: Int, distinct: [${m}ScalarFieldEnum!])`;
  const num = cols.filter(([, t]) => t === 'Int').map(([c]) => c);
  const writes = (n, m, kind, isMany) => `${n}: ${m}${kind}${isMany ? 'Many' : 'One'}`;
  sdl += `
  type ${model} { ${cols.map(([c, t]) => `${c}: ${t}${nullable.has(`${model}.${c}`) ? '' : '!'}`).join(' ')} ${ones.map(([n, [t]]) => `${n}: ${t}`).join(' ')} ${manys.map(([n, [t]]) => `${n}${list(t)}: [${t}!]!`).join(' ')} ${manys.length ? `_count: ${model}Count` : ''} }
  ${manys.length ? `type ${model}Count { ${manys.map(([n, [t]]) => `${n}(where: ${t}WhereInput): Int!`).join(' ')} }` : ''}
  enum ${model}ScalarFieldEnum { ${cols.map(([c]) => c).join(' ')} }
  input ${model}WhereUniqueInput { ${keys.map((k) => `${k}: ${fields[k]}`).join(' ')} }
  input ${model}WhereInput { AND: [${model}WhereInput!] OR: [${model}WhereInput!] NOT: [${model}WhereInput!] ${cols.map(([c, t]) => `${c}: ${t}Filter`).join(' ')} ${ones.map(([n, [t]]) => `${n}: ${t}RelationFilter`).join(' ')} ${manys.map(([n, [t]]) => `${n}: ${t}ListRelationFilter`).join(' ')} }
  input ${model}RelationFilter { is: ${model}WhereInput isNot: ${model}WhereInput } input ${model}ListRelationFilter { some: ${model}WhereInput every: ${model}WhereInput none: ${model}WhereInput }
  input ${model}OrderByInput { ${cols.map(([c]) => `${c}: SortOrder`).join(' ')} ${ones.map(([n, [t]]) => `${n}: ${t}OrderByInput`).join(' ')} ${manys.map(([n]) => `${n}: OrderByCount`).join(' ')} }
  input ${model}CreateInput { ${cols
    .filter(([c]) => !/id$/i.test(c))
    .map(([c, t]) => `${c}: ${t}${nullable.has(`${model}.${c}`) || t !== 'String' ? '' : '!'}`)
    .join(
      ' ',
    )} ${[...ones.map(([n, [t]]) => writes(n, t, 'Create', false)), ...manys.map(([n, [t]]) => writes(n, t, 'Create', true))].join(' ')} }
  input ${model}CreateManyInput { ${cols
    .filter(([c]) => c !== 'id')
    .map(([c, t]) => `${c}: ${t}`)
    .join(' ')} }
  input ${model}UpdateInput { ${cols
    .filter(([c]) => !/id$/i.test(c))
    .map(([c, t]) => `${c}: ${t}Update`)
    .join(
      ' ',
    )} ${[...ones.map(([n, [t]]) => writes(n, t, 'Update', false)), ...manys.map(([n, [t]]) => writes(n, t, 'Update', true))].join(' ')} }
  input ${model}UpdateManyInput { ${
    cols
      .filter(([c]) => !/id$/i.test(c) && !keys.includes(c))
      .map(([c, t]) => `${c}: ${t}Update`)
      .join(' ') || 'nothing: Int'
  } }
  input ${model}ConnectOrCreate { where: ${model}WhereUniqueInput! create: ${model}CreateInput! }
  input ${model}CreateOne { create: ${model}CreateInput connect: ${model}WhereUniqueInput connectOrCreate: ${model}ConnectOrCreate }
  input ${model}CreateMany { create: [${model}CreateInput!] connect: [${model}WhereUniqueInput!] connectOrCreate: [${model}ConnectOrCreate!] }
  input ${model}Upsert { create: ${model}CreateInput! update: ${model}UpdateInput! }
  input ${model}UpdateOne { create: ${model}CreateInput connect: ${model}WhereUniqueInput connectOrCreate: ${model}ConnectOrCreate update: ${model}UpdateInput upsert: ${model}Upsert disconnect: Boolean delete: Boolean }
  input ${model}UpdateWithWhere { where: ${model}WhereUniqueInput! data: ${model}UpdateInput! } input ${model}UpdateManyWithWhere { where: ${model}WhereInput! data: ${model}UpdateManyInput! }
  input ${model}UpdateMany { create: [${model}CreateInput!] connect: [${model}WhereUniqueInput!] connectOrCreate: [${model}ConnectOrCreate!] set: [${model}WhereUniqueInput!] disconnect: [${model}WhereUniqueInput!] delete: [${model}WhereUniqueInput!] update: [${model}UpdateWithWhere!] updateMany: [${model}UpdateManyWithWhere!] deleteMany: [${model}WhereInput!] }
  type Aggregate${model} { _count: ${model}CountAggregate _avg: ${model}AvgAggregate _max: ${model}AvgAggregate } type ${model}CountAggregate { _all: Int! ${cols.map(([c]) => `${c}: Int!`).join(' ')} } type ${model}AvgAggregate { ${num.map((c) => `${c}: Float`).join(' ')} }
  type ${model}GroupBy { ${cols.map(([c, t]) => `${c}: ${t}`).join(' ')} _count: ${model}CountAggregate _avg: ${model}AvgAggregate }
  extend type Query { ${plural}${list(model)}: [${model}!]! ${low}(where: ${model}WhereUniqueInput!): ${model} findFirst${model}${list(model)}: ${model} aggregate${model}(where: ${model}WhereInput, take: Int, skip: Int): Aggregate${model}! groupBy${model}(by: [${model}ScalarFieldEnum!]!, where: ${model}WhereInput): [${model}GroupBy!]! }
  extend type Mutation { createOne${model}(data: ${model}CreateInput!): ${model}! createMany${model}(data: [${model}CreateManyInput!]!): AffectedRowsOutput! updateOne${model}(data: ${model}UpdateInput!, where: ${model}WhereUniqueInput!): ${model} upsertOne${model}(where: ${model}WhereUniqueInput!, create: ${model}CreateInput!, update: ${model}UpdateInput!): ${model}! deleteOne${model}(where: ${model}WhereUniqueInput!): ${model} updateMany${model}(data: ${model}UpdateManyInput!, where: ${model}WhereInput): AffectedRowsOutput! deleteMany${model}(where: ${model}WhereInput!): AffectedRowsOutput! }`;
  resolvers[model] = {};
  for (const [n] of ones) resolvers[model][n] = (row) => related(model, row, n);
  for (const [n, [t]] of manys)
    resolvers[model][n] = (row, args) => findMany(t, args, children(model, row, n));
  if (manys.length) {
    resolvers[model]['_count'] = (row) => row;
    resolvers[`${model}Count`] = Object.fromEntries(
      manys.map(([n, [t]]) => [
        n,
        (row, { where }) => findMany(t, { where }, children(model, row, n)).length,
      ]),
    );
  }
  const figures = (found) => ({
    _count: {
      _all: found.length,
      ...Object.fromEntries(cols.map(([c]) => [c, found.filter((r) => r[c] !== null).length])),
    },
    _avg: Object.fromEntries(num.map((c) => [c, average(found.map((r) => r[c]).filter((v) => v !== null))])),
    _max: Object.fromEntries(num.map((c) => [c, found.length ? Math.max(...found.map((r) => r[c])) : null])),
  });
  Query[plural] = (_, args) => findMany(model, args);
  Query[low] = (_, { where }) => unique(model, where);
  Query[`findFirst${model}`] = (_, args) => findMany(model, args)[0] ?? null;
  Query[`aggregate${model}`] = (_, args) => figures(findMany(model, args));
  Query[`groupBy${model}`] = (_, { by, where }) =>
    Object.values(
      Object.groupBy
        ? Object.groupBy(findMany(model, { where }), (r) => JSON.stringify(by.map((b) => r[b])))
        : findMany(model, { where }).reduce((g, r) => {
            (g[JSON.stringify(by.map((b) => r[b]))] ??= []).push(r);
            return g;
          }, {}),
    ).map((g) => ({ ...Object.fromEntries(by.map((b) => [b, g[0][b]])), ...figures(g) }));
  Mutation[`createOne${model}`] = (_, { data }) => create(model, data);
  Mutation[`createMany${model}`] = (_, { data }) => ({ count: data.map((one) => create(model, one)).length });
  Mutation[`updateOne${model}`] = (_, { data, where }) => update(model, needed(model, where), data);
  Mutation[`upsertOne${model}`] = (_, { where, create: c, update: u }) => {
    const row = unique(model, where);
    return row ? update(model, row, u) : create(model, c);
  };
  Mutation[`deleteOne${model}`] = (_, { where }) => remove(model, needed(model, where));
  Mutation[`updateMany${model}`] = (_, { data, where }) => ({
    count: findMany(model, { where }).map((row) => update(model, row, data)).length,
  });
  Mutation[`deleteMany${model}`] = (_, { where }) => {
    const found = findMany(model, { where });
    if (found.length === rows[model].length) throw new GraphQLError('all');
    return { count: found.map((row) => remove(model, row)).length };
  };
}
serve(sdl, { ...resolvers, Mutation: inTransactions(Mutation, [...Object.values(rows), links]) });
