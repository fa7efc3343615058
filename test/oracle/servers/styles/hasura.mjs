/** In the manner of Hasura: everything made from tables, with snake_case names, aggregates and bulk changes. */
import { GraphQLError } from 'graphql';
import { average, compare, from1to, inTransactions, serve, sum, take } from './serve.mjs';

/** Columns with their types, the primary key, object relations (column -> table) and array relations (table by column). */
const TABLES = {
  users: {
    columns: { id: 'Int', name: 'String', score: 'Int', team_id: 'Int' },
    pk: ['id'],
    one: { team: ['team_id', 'teams'] },
    many: { posts: ['posts', 'author_id'], comments: ['comments', 'author_id'] },
  },
  teams: {
    columns: { id: 'Int', name: 'String' },
    pk: ['id'],
    one: {},
    many: { members: ['users', 'team_id'] },
  },
  posts: {
    columns: { id: 'Int', title: 'String', score: 'Int', author_id: 'Int', published: 'Boolean' },
    pk: ['id'],
    one: { author: ['author_id', 'users'] },
    many: { comments: ['comments', 'post_id'], post_tags: ['post_tags', 'post_id'] },
  },
  comments: {
    columns: { id: 'Int', text: 'String', stars: 'Int', post_id: 'Int', author_id: 'Int' },
    pk: ['id'],
    one: { post: ['post_id', 'posts'], author: ['author_id', 'users'] },
    many: {},
  },
  tags: {
    columns: { id: 'Int', label: 'String' },
    pk: ['id'],
    one: {},
    many: { post_tags: ['post_tags', 'tag_id'] },
  },
  post_tags: {
    columns: { post_id: 'Int', tag_id: 'Int' },
    pk: ['post_id', 'tag_id'],
    one: { post: ['post_id', 'posts'], tag: ['tag_id', 'tags'] },
    many: {},
  },
  /** a view */
  author_stats: {
    columns: { author_id: 'Int', name: 'String', posts_count: 'Int', stars_avg: 'Float' },
    one: { author: ['author_id', 'users'] },
    many: {},
  },
};

const rows = {
  users: from1to(6).map((id) => ({
    id,
    name: `U${id}`,
    score: id * 3,
    team_id: id > 5 ? null : 1 + (id % 2),
  })),
  teams: from1to(3).map((id) => ({ id, name: `T${id}` })),
  posts: from1to(12).map((id) => ({
    id,
    title: `P${id}`,
    score: id % 5,
    author_id: 1 + (id % 6),
    published: id % 3 > 0,
  })),
  comments: from1to(24).map((id) => ({
    id,
    text: `c${id}`,
    stars: id % 6,
    post_id: 1 + (id % 12),
    author_id: 1 + (id % 5),
  })),
  tags: from1to(4).map((id) => ({ id, label: `L${id}` })),
  post_tags: from1to(10).map((id) => ({ post_id: id, tag_id: 1 + (id % 4) })),
  get author_stats() {
    return rows.users
      .map((user) => {
        const posts = rows.posts.filter((post) => post.author_id === user.id);
        const stars = rows.comments
          .filter(({ post_id }) => posts.some(({ id }) => id === post_id))
          .map((c) => c.stars);
        return { author_id: user.id, name: user.name, posts_count: posts.length, stars_avg: average(stars) };
      })
      .filter(({ posts_count }) => posts_count > 0);
  },
};
/** What goes with a row: cascades of the database. */
const CASCADES = {
  posts: [
    ['comments', 'post_id'],
    ['post_tags', 'post_id'],
  ],
  users: [
    ['posts', 'author_id'],
    ['comments', 'author_id'],
  ],
  tags: [['post_tags', 'tag_id']],
};
let made = 100;

const OPS = {
  _eq: (a, b) => a === b,
  _neq: (a, b) => a !== null && a !== b,
  _gt: (a, b) => a !== null && a > b,
  _lt: (a, b) => a !== null && a < b,
  _gte: (a, b) => a !== null && a >= b,
  _in: (a, b) => b.includes(a),
  _nin: (a, b) => !b.includes(a),
  _is_null: (a, b) => (a === null) === b,
  _ilike: (a, b) =>
    String(a ?? '')
      .toLowerCase()
      .includes(b.replaceAll('%', '').toLowerCase()),
};
function matches(table, row, where) {
  if (!where) return true;
  return Object.entries(where).every(([name, value]) => {
    if (value === null || value === undefined) return true;
    if (name === '_and') return value.every((one) => matches(table, row, one));
    if (name === '_or') return value.some((one) => matches(table, row, one));
    if (name === '_not') return !matches(table, row, value);
    const { one, many, columns } = TABLES[table];
    if (columns[name])
      return Object.entries(value).every(([op, arg]) => arg === null || OPS[op](row[name], arg));
    if (one[name]) {
      const found = related(row, one[name]);
      return found !== null && matches(one[name][1], found, value);
    }
    if (many[name])
      return children(table, row, many[name]).some((child) => matches(many[name][0], child, value));
    const [, of] = /^(\w+)_aggregate$/.exec(name);
    const count = children(table, row, many[of]).filter((c) =>
      matches(many[of][0], c, value.count.filter),
    ).length;
    return Object.entries(value.count.predicate).every(([op, arg]) => OPS[op](count, arg));
  });
}
const related = (row, [column, table]) => rows[table].find(({ id }) => id === row[column]) ?? null;
const children = (table, row, [child, column]) =>
  rows[child].filter((one) => one[column] === (row.id ?? row.author_id));
function sortValue(table, row, order) {
  const [[name, below]] = Object.entries(order);
  const { one, many } = TABLES[table];
  if (one[name]) {
    const found = related(row, one[name]);
    return found === null ? [null, 'asc'] : sortValue(one[name][1], found, below);
  }
  const of = /^(\w+)_aggregate$/.exec(name)?.[1];
  if (of && many[of]) {
    const found = children(table, row, many[of]);
    if (below.count) return [found.length, below.count];
    const [[column, direction]] = Object.entries(below.avg ?? below.max);
    const values = found.map((one) => one[column]).filter((v) => v !== null);
    return [below.avg ? average(values) : values.length ? Math.max(...values) : null, direction];
  }
  return [row[name], below];
}
function select(table, { where, order_by, limit, offset, distinct_on } = {}, from = rows[table]) {
  let found = from.filter((row) => matches(table, row, where));
  for (const order of (order_by ?? []).toReversed().filter((one) => Object.keys(one).length === 1))
    found = found.toSorted((a, b) => {
      const [x, direction] = sortValue(table, a, order);
      const [y] = sortValue(table, b, order);
      return /desc/.test(direction) ? compare(y, x) : compare(x, y);
    });
  if (distinct_on?.length) {
    const seen = new Set();
    found = found.filter((row) => {
      const k = JSON.stringify(distinct_on.map((c) => row[c]));
      return !seen.has(k) && seen.add(k);
    });
  }
  return found.slice(offset ?? 0, (offset ?? 0) + (limit ?? 1000));
}
const aggregate = (table, args, from) => {
  const found = select(table, args, from);
  const numbers = Object.entries(TABLES[table].columns)
    .filter(([, type]) => type !== 'String' && type !== 'Boolean')
    .map(([c]) => c);
  const over = (f) =>
    Object.fromEntries(numbers.map((c) => [c, f(found.map((r) => r[c]).filter((v) => v !== null))]));
  return {
    nodes: found,
    aggregate: {
      count: ({ columns, distinct }) =>
        distinct && columns
          ? new Set(found.map((r) => JSON.stringify(columns.map((c) => r[c])))).size
          : found.length,
      avg: over(average),
      sum: over(sum),
      max: over((v) => (v.length ? Math.max(...v) : null)),
      min: over((v) => (v.length ? Math.min(...v) : null)),
    },
  };
};

let sdl = `enum order_by { asc desc asc_nulls_first desc_nulls_last }
  input Int_comparison_exp { _eq: Int _neq: Int _gt: Int _gte: Int _lt: Int _in: [Int!] _nin: [Int!] _is_null: Boolean }
  input Float_comparison_exp { _eq: Float _gt: Float _lt: Float }
  input String_comparison_exp { _eq: String _neq: String _in: [String!] _ilike: String _is_null: Boolean }
  input Boolean_comparison_exp { _eq: Boolean }
  input search_posts_args { search: String }
  type PublishOutput { id: Int! post: posts }
  type query_root { search_posts(args: search_posts_args!, where: posts_bool_exp, order_by: [posts_order_by!], limit: Int): [posts!]! }
  type mutation_root { publish_post(post_id: Int!): PublishOutput recompute_scores: Int award_points(args: award_points_args!): [users!]! }
  input award_points_args { team: Int! points: Int! }
  schema { query: query_root mutation: mutation_root }`;
const resolvers = {
  query_root: {
    search_posts: (_, { args, ...rest }) =>
      select(
        'posts',
        rest,
        rows.posts.filter(({ title }) => title.includes(args.search ?? '')),
      ),
  },
  mutation_root: {},
};

for (const [table, { columns, pk, one, many }] of Object.entries(TABLES)) {
  const args = (of) =>
    `(where: ${of}_bool_exp, order_by: [${of}_order_by!], limit: Int, offset: Int, distinct_on: [${of}_select_column!])`;
  const cols = Object.entries(columns);
  const numeric = cols.filter(([, type]) => type !== 'String' && type !== 'Boolean').map(([c]) => c);
  sdl += `
  type ${table} { ${cols.map(([c, t]) => `${c}: ${t}${pk && (pk.includes(c) || c === 'name' || c === 'title') ? '!' : ''}`).join(' ')}
    ${Object.entries(one)
      .map(([n, [, t]]) => `${n}: ${t}`)
      .join(' ')}
    ${Object.entries(many)
      .map(([n, [t]]) => `${n}${args(t)}: [${t}!]! ${n}_aggregate${args(t)}: ${t}_aggregate!`)
      .join(' ')} }
  enum ${table}_select_column { ${cols.map(([c]) => c).join(' ')} }
  input ${table}_bool_exp { _and: [${table}_bool_exp!] _or: [${table}_bool_exp!] _not: ${table}_bool_exp
    ${cols.map(([c, t]) => `${c}: ${t}_comparison_exp`).join(' ')}
    ${Object.entries(one)
      .map(([n, [, t]]) => `${n}: ${t}_bool_exp`)
      .join(' ')}
    ${Object.entries(many)
      .map(([n, [t]]) => `${n}: ${t}_bool_exp ${n}_aggregate: ${t}_aggregate_bool_exp`)
      .join(' ')} }
  input ${table}_aggregate_bool_exp { count: ${table}_aggregate_bool_exp_count! }
  input ${table}_aggregate_bool_exp_count { filter: ${table}_bool_exp predicate: Int_comparison_exp! }
  input ${table}_order_by { ${cols.map(([c]) => `${c}: order_by`).join(' ')} ${Object.entries(one)
    .map(([n, [, t]]) => `${n}: ${t}_order_by`)
    .join(' ')}
    ${Object.entries(many)
      .map(([n, [t]]) => `${n}_aggregate: ${t}_aggregate_order_by`)
      .join(' ')} }
  input ${table}_aggregate_order_by { count: order_by avg: ${table}_avg_order_by max: ${table}_avg_order_by }
  input ${table}_avg_order_by { ${numeric.map((c) => `${c}: order_by`).join(' ')} }
  type ${table}_aggregate { aggregate: ${table}_aggregate_fields nodes: [${table}!]! }
  type ${table}_aggregate_fields { count(columns: [${table}_select_column!], distinct: Boolean): Int! avg: ${table}_avg_fields sum: ${table}_avg_fields max: ${table}_avg_fields min: ${table}_avg_fields }
  type ${table}_avg_fields { ${numeric.map((c) => `${c}: Float`).join(' ')} }
  extend type query_root { ${table}${args(table)}: [${table}!]! ${table}_aggregate${args(table)}: ${table}_aggregate! ${pk ? `${table}_by_pk(${pk.map((c) => `${c}: Int!`).join(' ')}): ${table}` : ''} }`;
  resolvers[table] = {};
  for (const [name, relation] of Object.entries(one))
    resolvers[table][name] = (row) => related(row, relation);
  for (const [name, relation] of Object.entries(many)) {
    resolvers[table][name] = (row, given) => select(relation[0], given, children(table, row, relation));
    resolvers[table][`${name}_aggregate`] = (row, given) =>
      aggregate(relation[0], given, children(table, row, relation));
  }
  resolvers[`${table}_aggregate_fields`] = { count: ({ count }, given) => count(given) };
  resolvers.query_root[table] = (_, given) => select(table, given);
  resolvers.query_root[`${table}_aggregate`] = (_, given) => aggregate(table, given);
  if (!pk) continue;
  const byPk = (given) => rows[table].find((row) => pk.every((c) => row[c] === given[c])) ?? null;
  resolvers.query_root[`${table}_by_pk`] = (_, given) => byPk(given);
  const relInserts =
    Object.entries(one)
      .map(([n, [, t]]) => `${n}: ${t}_obj_rel_insert_input`)
      .join(' ') +
    ' ' +
    Object.entries(many)
      .map(([n, [t]]) => `${n}: ${t}_arr_rel_insert_input`)
      .join(' ');
  sdl += `
  input ${table}_insert_input { ${cols.map(([c, t]) => `${c}: ${t}`).join(' ')} ${relInserts} }
  input ${table}_obj_rel_insert_input { data: ${table}_insert_input! }
  input ${table}_arr_rel_insert_input { data: [${table}_insert_input!]! }
  input ${table}_set_input { ${cols
    .filter(([c]) => !pk.includes(c) || pk.length > 1)
    .map(([c, t]) => `${c}: ${t}`)
    .join(' ')} }
  input ${table}_inc_input { ${
    numeric
      .filter((c) => !c.endsWith('id'))
      .map((c) => `${c}: Int`)
      .join(' ') || 'nothing: Int'
  } }
  input ${table}_pk_columns_input { ${pk.map((c) => `${c}: Int!`).join(' ')} }
  input ${table}_updates { where: ${table}_bool_exp! _set: ${table}_set_input _inc: ${table}_inc_input }
  input ${table}_on_conflict { constraint: ${table}_constraint! update_columns: [${table}_select_column!]! = [] }
  enum ${table}_constraint { ${table}_pkey }
  type ${table}_mutation_response { affected_rows: Int! returning: [${table}!]! }
  extend type mutation_root {
    insert_${table}(objects: [${table}_insert_input!]!, on_conflict: ${table}_on_conflict): ${table}_mutation_response
    insert_${table}_one(object: ${table}_insert_input!, on_conflict: ${table}_on_conflict): ${table}
    update_${table}(where: ${table}_bool_exp!, _set: ${table}_set_input, _inc: ${table}_inc_input): ${table}_mutation_response
    update_${table}_many(updates: [${table}_updates!]!): [${table}_mutation_response]
    update_${table}_by_pk(pk_columns: ${table}_pk_columns_input!, _set: ${table}_set_input, _inc: ${table}_inc_input): ${table}
    delete_${table}(where: ${table}_bool_exp!): ${table}_mutation_response
    delete_${table}_by_pk(${pk.map((c) => `${c}: Int!`).join(' ')}): ${table} }`;
  const m = resolvers.mutation_root;
  const response = (found) => ({ affected_rows: found.length, returning: found });
  const change = (row, { _set, _inc }) => {
    for (const [c, v] of Object.entries(_set ?? {}))
      if (!(v === null && (c === 'name' || c === 'title' || pk.includes(c)))) row[c] = v;
    for (const [c, v] of Object.entries(_inc ?? {})) if (c in row) row[c] = (row[c] ?? 0) + v;
    return row;
  };
  TABLES[table].insert = (object, on_conflict) => {
    const values = Object.fromEntries(cols.map(([c]) => [c, object[c] ?? null]));
    if (values.name === null) values.name = 'unnamed';
    if (values.title === null) values.title = 'untitled';
    for (const [n, [column, target]] of Object.entries(one))
      if (object[n]) values[column] = TABLES[target].insert(object[n].data).id;
    if (pk[0] === 'id') values.id ??= ++made;
    if (pk.some((c) => values[c] === null)) throw new GraphQLError('null value in column of primary key');
    const before = byPk(values);
    if (before && !on_conflict) throw new GraphQLError('Uniqueness violation.');
    if (before) {
      for (const c of on_conflict.update_columns) if (c !== 'id') before[c] = values[c];
      return before;
    }
    rows[table].push(values);
    for (const [n, [child, column]] of Object.entries(many))
      for (const data of object[n]?.data ?? []) TABLES[child].insert({ ...data, [column]: values.id });
    return values;
  };
  const remove = (of, gone) => {
    for (const row of gone)
      for (const [child, column] of CASCADES[of] ?? [])
        remove(
          child,
          take(rows[child], (one) => one[column] === row.id),
        );
    return gone;
  };
  const nonEmpty = (where) => {
    if (rows[table].every((row) => matches(table, row, where))) throw new GraphQLError('all of them');
    return where;
  };
  m[`insert_${table}`] = (_, { objects, on_conflict }) =>
    response(objects.map((o) => TABLES[table].insert(o, on_conflict)));
  m[`insert_${table}_one`] = (_, { object, on_conflict }) => TABLES[table].insert(object, on_conflict);
  m[`update_${table}`] = (_, { where, ...given }) =>
    response(rows[table].filter((row) => matches(table, row, where)).map((row) => change(row, given)));
  m[`update_${table}_many`] = (_, { updates }) =>
    updates.map(({ where, ...given }) =>
      response(rows[table].filter((row) => matches(table, row, where)).map((row) => change(row, given))),
    );
  m[`update_${table}_by_pk`] = (_, { pk_columns, ...given }) =>
    byPk(pk_columns) && change(byPk(pk_columns), given);
  m[`delete_${table}`] = (_, { where }) => {
    nonEmpty(where);
    return response(
      remove(
        table,
        take(rows[table], (row) => matches(table, row, where)),
      ),
    );
  };
  m[`delete_${table}_by_pk`] = (_, given) => {
    const row = byPk(given);
    return (
      row &&
      remove(
        table,
        take(rows[table], (one) => one === row),
      )[0]
    );
  };
}
resolvers.mutation_root.publish_post = (_, { post_id }) => {
  const post = rows.posts.find(({ id }) => id === post_id);
  if (!post) return null;
  post.published = !post.published;
  return { id: post.id, post };
};
resolvers.mutation_root.recompute_scores = () => {
  for (const post of rows.posts) post.score = rows.comments.filter((c) => c.post_id === post.id).length;
  return rows.posts.length;
};
resolvers.mutation_root.award_points = (_, { args: { team, points } }) => {
  const found = rows.users.filter((u) => u.team_id === team);
  for (const u of found) u.score += points;
  return found;
};
const stored = Object.keys(TABLES).filter((table) => TABLES[table].pk);
serve(sdl, {
  ...resolvers,
  mutation_root: inTransactions(
    resolvers.mutation_root,
    stored.map((table) => rows[table]),
  ),
});
