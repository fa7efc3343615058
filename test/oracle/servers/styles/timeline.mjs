/** A feed, boards and inboxes: toggles that return little, unread counters, moves, merges, bulk changes, a union of events. */
import { GraphQLError } from 'graphql';
import { average, from1to, serve, take } from './serve.mjs';

const people = from1to(5).map((n) => ({
  id: `u${n}`,
  name: `U${n}`,
  online: n % 2 > 0,
  blocked: [],
  karma: n,
}));
const posts = from1to(8).map((n) => ({
  kind: 'Post',
  id: `p${n}`,
  text: `post ${n}`,
  author: `u${1 + (n % 5)}`,
  likes: [`u${n % 5 || 5}`],
  status: ['DRAFT', 'PUBLISHED', 'ARCHIVED'][n % 3],
  pinned: false,
  at: n,
}));
const photos = from1to(3).map((n) => ({
  kind: 'Photo',
  id: `f${n}`,
  url: `/f${n}`,
  owner: `u${n}`,
  at: 20 + n,
}));
const joins = from1to(3).map((n) => ({ kind: 'Joined', user: `u${n}`, at: 30 + n }));
const notes = from1to(8).map((n) => ({ id: `n${n}`, text: `note ${n}`, read: n % 3 === 0, post: `p${n}` }));
const columns = from1to(3).map((n) => ({ id: `c${n}`, title: ['todo', 'doing', 'done'][n - 1], limit: 5 }));
const cards = from1to(9).map((n) => ({
  id: `k${n}`,
  title: `K${n}`,
  column: `c${1 + (n % 3)}`,
  position: n,
  assignee: `u${1 + (n % 5)}`,
  points: n % 4,
  archived: false,
}));
const threads = from1to(3).map((n) => ({ id: `t${n}`, members: ['u1', `u${n + 1}`], seen: 0, muted: false }));
const messages = from1to(10).map((n) => ({
  id: `m${n}`,
  thread: `t${1 + (n % 3)}`,
  from: `u${1 + (n % 4)}`,
  body: `hi ${n}`,
  seq: n,
}));
const polls = [
  {
    id: 'q1',
    question: 'tea?',
    options: [
      { label: 'yes', votes: ['u1'] },
      { label: 'no', votes: [] },
    ],
  },
];
const settings = { theme: 'dark', digest: true };
let made = 100;
const find = (rows, id) => rows.find((r) => r.id === id) ?? null;
const need = (rows, id) => {
  const r = find(rows, id);
  if (!r) throw new GraphQLError(`no ${id}`);
  return r;
};
const me = () => people[0];
const inColumn = (id) =>
  cards.filter((k) => k.column === id && !k.archived).sort((a, b) => a.position - b.position);
const unreadIn = (t) =>
  messages.filter((m) => m.thread === t.id && m.seq > t.seen && m.from !== me().id).length;
const visible = () => posts.filter((p) => p.status === 'PUBLISHED' && !me().blocked.includes(p.author));
const typeDefs = /* GraphQL */ `
  enum Status {
    DRAFT
    PUBLISHED
    ARCHIVED
  }
  type User {
    id: ID!
    name: String!
    online: Boolean!
    karma: Int!
    posts(status: Status): [Post!]!
    postCount: Int!
    likedPosts: [Post!]!
    cards: [Card!]!
    likesReceived: Int!
    isBlocked: Boolean!
  }
  type Post {
    id: ID!
    text: String!
    author: User!
    likeCount: Int!
    likedByMe: Boolean!
    likedBy: [User!]!
    status: Status!
    pinned: Boolean!
  }
  type Photo {
    id: ID!
    url: String!
    owner: User!
  }
  type Joined {
    user: User!
    at: Int!
  }
  union FeedItem = Post | Photo | Joined
  type FeedPage {
    items: [FeedItem!]!
    cursor: String
    hasMore: Boolean!
  }
  type Notification {
    id: ID!
    text: String!
    read: Boolean!
    post: Post
  }
  type NotificationInbox {
    unreadCount: Int!
    items(onlyUnread: Boolean, limit: Int): [Notification!]!
    latest: Notification
  }
  type Settings {
    theme: String!
    digest: Boolean!
  }
  type Viewer {
    user: User!
    notifications: NotificationInbox!
    threads: [Thread!]!
    unreadMessages: Int!
    settings: Settings!
    drafts: [Post!]!
  }
  type Column {
    id: ID!
    title: String!
    limit: Int
    cards(assignee: ID): [Card!]!
    cardCount: Int!
    points: Int!
    isFull: Boolean!
  }
  type Card {
    id: ID!
    title: String!
    column: Column!
    position: Int!
    assignee: User
    points: Int!
    archived: Boolean!
  }
  type Board {
    title: String!
    columns: [Column!]!
    openCards: Int!
    velocity: Float
  }
  type Thread {
    id: ID!
    members: [User!]!
    messages(last: Int): [Message!]!
    lastMessage: Message
    unreadCount: Int!
    muted: Boolean!
  }
  type Message {
    id: ID!
    body: String!
    from: User!
    thread: Thread!
  }
  type Poll {
    id: ID!
    question: String!
    options: [PollOption!]!
    totalVotes: Int!
    myVote: Int
  }
  type PollOption {
    label: String!
    votes: Int!
    percent: Float!
  }
  type Trend {
    word: String!
    uses: Int!
    top: Post
  }
  type Query {
    me: User
    viewer: Viewer
    feed(limit: Int, cursor: String): FeedPage!
    timeline(userId: ID!): [FeedItem!]!
    post(id: ID!): Post
    posts(status: Status, authorName: String, likedBy: ID): [Post!]!
    users: [User!]!
    user(id: ID!): User
    board: Board!
    column(id: ID!): Column
    card(id: ID!): Card
    cards(columnTitle: String, assigneeId: ID, archived: Boolean): [Card!]!
    thread(id: ID!): Thread
    poll(id: ID!): Poll
    trending: [Trend!]!
    leaderboard(top: Int): [User!]!
    unreadCount: Int!
    featured: Post
    isOnline(userId: ID!): Boolean!
    likes(postId: ID!): Int!
    search(q: String!): [FeedItem!]!
  }
  input CardFilter {
    columnId: ID
    assigneeId: ID
    pointsBelow: Int
  }
  type MoveResult {
    success: Boolean!
  }
  type Mutation {
    toggleLike(postId: ID!): Boolean!
    like(postId: ID!): Int!
    react(post: ID!, on: Boolean!): Boolean
    markRead(notificationId: ID!): Boolean!
    markAllRead: Boolean!
    markThreadSeen(threadId: ID!): Boolean!
    dismissAll: Int!
    moveCard(cardId: ID!, toColumn: ID!, position: Int!): Boolean!
    reorderCards(columnId: ID!, cardIds: [ID!]!): Boolean!
    swapCards(a: ID!, b: ID!): MoveResult!
    assign(card: ID!, to: ID): Card
    archiveCards(filter: CardFilter!): Int!
    completeAll(columnId: ID!): Int!
    addCard(columnId: ID!, title: String!): Card!
    clearColumn(id: ID!): Column
    splitCard(id: ID!, into: [String!]!): [Card!]!
    mergeUsers(from: ID!, into: ID!): User
    blockUser(id: ID!): Boolean!
    unblock(userId: ID!): Boolean!
    setOnline(online: Boolean!): Boolean!
    renameMe(name: String!): User!
    deactivate(userId: ID!): User
    publish(id: ID!): Post
    archive(id: ID!): Boolean!
    restore(id: ID!): Post
    pinPost(id: ID!): Post
    compose(text: String!, draft: Boolean): Post!
    deletePost(id: ID!): ID
    bulkArchive(authorId: ID!): Int!
    uploadPhoto(url: String!): Photo!
    undo: String
    sendMessage(threadId: ID!, body: String!): Message!
    unsend(messageId: ID!): Boolean!
    startThread(with: ID!): Thread!
    muteThread(id: ID!): Boolean!
    leaveThread(threadId: ID!): Boolean!
    vote(pollId: ID!, option: Int!): Boolean!
    resetVotes(pollId: ID!): Poll
    setTheme(theme: String!): Boolean!
    updateSettings(digest: Boolean): Settings!
  }
`;
const Post = {
  author: (p) => find(people, p.author),
  likeCount: (p) => p.likes.length,
  likedByMe: (p) => p.likes.includes(me().id),
  likedBy: (p) => p.likes.map((u) => find(people, u)).filter(Boolean),
};
const toggle = (list, value) =>
  list.includes(value) ? list.splice(list.indexOf(value), 1) : list.push(value);
const feed = () => [...visible(), ...photos, ...joins].sort((a, b) => b.at - a.at);
const kind = { __resolveType: ({ kind: k }) => k };
const removeCards = (list) => {
  for (const k of list) k.archived = true;
  return list.length;
};
const likesReceived = (u) => posts.filter((p) => p.author === u.id).reduce((n, p) => n + p.likes.length, 0);
serve(typeDefs, {
  FeedItem: kind,
  Post,
  User: {
    posts: (u, { status }) => posts.filter((p) => p.author === u.id && (!status || p.status === status)),
    postCount: (u) => posts.filter((p) => p.author === u.id).length,
    likedPosts: (u) => posts.filter((p) => p.likes.includes(u.id)),
    cards: (u) => cards.filter((k) => k.assignee === u.id),
    likesReceived,
    isBlocked: (u) => me().blocked.includes(u.id),
  },
  Photo: { owner: (f) => find(people, f.owner) },
  Joined: { user: (j) => find(people, j.user) },
  Notification: { post: (n) => find(posts, n.post) },
  NotificationInbox: {
    unreadCount: () => notes.filter((n) => !n.read).length,
    items: (_, { onlyUnread, limit }) => notes.filter((n) => !onlyUnread || !n.read).slice(0, limit ?? 50),
    latest: () => notes.at(-1) ?? null,
  },
  Viewer: {
    user: me,
    notifications: () => ({}),
    threads: () => threads.filter((t) => t.members.includes(me().id)),
    unreadMessages: () => threads.reduce((n, t) => n + unreadIn(t), 0),
    settings: () => settings,
    drafts: () => posts.filter((p) => p.status === 'DRAFT'),
  },
  Column: {
    cards: (c, { assignee }) => inColumn(c.id).filter((k) => !assignee || k.assignee === assignee),
    cardCount: (c) => inColumn(c.id).length,
    points: (c) => inColumn(c.id).reduce((n, k) => n + k.points, 0),
    isFull: (c) => inColumn(c.id).length >= c.limit,
  },
  Card: { column: (k) => find(columns, k.column), assignee: (k) => find(people, k.assignee) },
  Board: {
    title: () => 'Board',
    columns: () => columns,
    openCards: () => cards.filter((k) => !k.archived && k.column !== 'c3').length,
    velocity: () => average(inColumn('c3').map((k) => k.points)),
  },
  Thread: {
    members: (t) => t.members.map((u) => find(people, u)).filter(Boolean),
    messages: (t, { last }) => messages.filter((m) => m.thread === t.id).slice(-(last ?? 20)),
    lastMessage: (t) => messages.filter((m) => m.thread === t.id).at(-1) ?? null,
    unreadCount: unreadIn,
  },
  Message: { from: (m) => find(people, m.from), thread: (m) => find(threads, m.thread) },
  Poll: {
    totalVotes: (q) => q.options.reduce((n, o) => n + o.votes.length, 0),
    myVote: (q) => {
      const i = q.options.findIndex((o) => o.votes.includes(me().id));
      return i < 0 ? null : i;
    },
    options: (q) =>
      q.options.map((o) => ({
        label: o.label,
        votes: o.votes.length,
        percent:
          (100 * o.votes.length) /
          Math.max(
            1,
            q.options.reduce((n, x) => n + x.votes.length, 0),
          ),
      })),
  },
  Query: {
    me,
    viewer: () => ({}),
    feed: (_, { limit, cursor }) => {
      const start = Number(cursor ?? 0) || 0;
      const page = feed().slice(start, start + (limit ?? 5));
      return {
        items: page,
        cursor: String(start + page.length),
        hasMore: start + page.length < feed().length,
      };
    },
    timeline: (_, { userId }) => [
      ...posts.filter((p) => p.author === userId),
      ...photos.filter((f) => f.owner === userId),
      ...joins.filter((j) => j.user === userId),
    ],
    post: (_, { id }) => find(posts, id),
    posts: (_, { status, authorName, likedBy }) =>
      posts.filter(
        (p) =>
          (!status || p.status === status) &&
          (!authorName || find(people, p.author)?.name === authorName) &&
          (!likedBy || p.likes.includes(likedBy)),
      ),
    users: () => people,
    user: (_, { id }) => find(people, id),
    board: () => ({}),
    column: (_, { id }) => find(columns, id),
    card: (_, { id }) => find(cards, id),
    cards: (_, { columnTitle, assigneeId, archived }) =>
      cards.filter(
        (k) =>
          (!columnTitle || find(columns, k.column)?.title === columnTitle) &&
          (!assigneeId || k.assignee === assigneeId) &&
          (archived === null || archived === undefined || k.archived === archived),
      ),
    thread: (_, { id }) => find(threads, id),
    poll: (_, { id }) => find(polls, id),
    trending: () => {
      const words = {};
      for (const p of visible()) for (const w of p.text.split(' ')) (words[w] ??= []).push(p);
      return Object.entries(words)
        .map(([word, list]) => ({ word, uses: list.length, top: list[0] }))
        .sort((a, b) => b.uses - a.uses || (a.word < b.word ? -1 : 1))
        .slice(0, 4);
    },
    leaderboard: (_, { top }) =>
      people.toSorted((a, b) => likesReceived(b) - likesReceived(a)).slice(0, top ?? 3),
    unreadCount: () => notes.filter((n) => !n.read).length,
    featured: () => visible().toSorted((a, b) => b.likes.length - a.likes.length)[0] ?? null,
    isOnline: (_, { userId }) => find(people, userId)?.online ?? false,
    likes: (_, { postId }) => find(posts, postId)?.likes.length ?? 0,
    search: (_, { q }) => [
      ...posts.filter((p) => p.text.includes(q)),
      ...photos.filter((f) => f.url.includes(q)),
    ],
  },
  Mutation: {
    toggleLike: (_, { postId }) => {
      const p = need(posts, postId);
      toggle(p.likes, me().id);
      return p.likes.includes(me().id);
    },
    like: (_, { postId }) => {
      const p = need(posts, postId);
      if (!p.likes.includes(me().id)) p.likes.push(me().id);
      return p.likes.length;
    },
    react: (_, { post, on }) => {
      const p = need(posts, post);
      if (p.likes.includes(me().id) !== on) toggle(p.likes, me().id);
      return on;
    },
    markRead: (_, { notificationId }) => {
      need(notes, notificationId).read = true;
      return true;
    },
    markAllRead: () => {
      for (const n of notes) n.read = true;
      notes.push({ id: `n${++made}`, text: 'welcome', read: false, post: 'p1' });
      return true;
    },
    markThreadSeen: (_, { threadId }) => {
      need(threads, threadId).seen = Math.max(...messages.map((m) => m.seq));
      return true;
    },
    dismissAll: () => {
      const n = take(notes, (x) => x.read).length;
      return n;
    },
    moveCard: (_, { cardId, toColumn, position }) => {
      const k = need(cards, cardId);
      need(columns, toColumn);
      for (const o of inColumn(toColumn)) if (o.position >= position) o.position++;
      k.column = toColumn;
      k.position = position;
      return true;
    },
    reorderCards: (_, { cardIds }) => {
      cardIds.forEach((id, n) => {
        need(cards, id).position = n;
      });
      return true;
    },
    swapCards: (_, { a, b }) => {
      const [x, y] = [need(cards, a), need(cards, b)];
      [x.column, x.position, y.column, y.position] = [y.column, y.position, x.column, x.position];
      return { success: true };
    },
    assign: (_, { card, to }) =>
      Object.assign(need(cards, card), { assignee: to ? need(people, to).id : null }),
    archiveCards: (_, { filter }) =>
      removeCards(
        cards.filter(
          (k) =>
            (!filter.columnId || k.column === filter.columnId) &&
            (!filter.assigneeId || k.assignee === filter.assigneeId) &&
            (!filter.pointsBelow || k.points < filter.pointsBelow),
        ),
      ),
    completeAll: (_, { columnId }) => {
      const all = inColumn(columnId);
      for (const k of all) k.column = 'c3';
      return all.length;
    },
    addCard: (_, { columnId, title }) => {
      need(columns, columnId);
      const n = ++made;
      cards.push({
        id: `k${n}`,
        title,
        column: columnId,
        position: n,
        assignee: null,
        points: n % 4,
        archived: false,
      });
      return cards.at(-1);
    },
    clearColumn: (_, { id }) => {
      const c = need(columns, id);
      take(cards, (k) => k.column === id);
      return c;
    },
    splitCard: (_, { id, into }) => {
      const k = need(cards, id);
      k.archived = true;
      const list = into.map((title) => ({ ...k, id: `k${++made}`, title, archived: false }));
      cards.push(...list);
      return list;
    },
    mergeUsers: (_, { from, into }) => {
      const a = need(people, from);
      const b = need(people, into);
      if (a === b || a === me()) throw new GraphQLError('same');
      for (const p of posts) {
        if (p.author === from) p.author = into;
        if (p.likes.includes(from)) {
          toggle(p.likes, from);
          if (!p.likes.includes(into)) p.likes.push(into);
        }
      }
      for (const f of photos) if (f.owner === from) f.owner = into;
      for (const k of cards) if (k.assignee === from) k.assignee = into;
      for (const m of messages) if (m.from === from) m.from = into;
      for (const j of joins) if (j.user === from) j.user = into;
      take(people, (u) => u === a);
      people.push({ ...a, id: `u${++made}` });
      return b;
    },
    blockUser: (_, { id }) => {
      need(people, id);
      if (id !== 'u1' && !me().blocked.includes(id)) me().blocked.push(id);
      return true;
    },
    unblock: (_, { userId }) => {
      if (!me().blocked.includes(userId)) throw new GraphQLError('not blocked');
      toggle(me().blocked, userId);
      return true;
    },
    setOnline: (_, { online }) => (me().online = online),
    renameMe: (_, { name }) => Object.assign(me(), { name }),
    deactivate: (_, { userId }) => {
      const u = need(people, userId);
      u.online = false;
      for (const p of posts) if (p.author === userId) p.status = 'ARCHIVED';
      return u;
    },
    publish: (_, { id }) => Object.assign(need(posts, id), { status: 'PUBLISHED' }),
    archive: (_, { id }) => {
      need(posts, id).status = 'ARCHIVED';
      return true;
    },
    restore: (_, { id }) => Object.assign(need(posts, id), { status: 'DRAFT' }),
    pinPost: (_, { id }) => {
      for (const p of posts) p.pinned = p.id === id;
      return need(posts, id);
    },
    compose: (_, { text, draft }) => {
      const n = ++made;
      posts.push({
        kind: 'Post',
        id: `p${n}`,
        text,
        author: 'u1',
        likes: [],
        status: draft ? 'DRAFT' : 'PUBLISHED',
        pinned: false,
        at: n,
      });
      return posts.at(-1);
    },
    deletePost: (_, { id }) => {
      need(posts, id);
      take(posts, (p) => p.id === id);
      return id;
    },
    bulkArchive: (_, { authorId }) => {
      const all = posts.filter((p) => p.author === authorId);
      for (const p of all) p.status = 'ARCHIVED';
      return all.length;
    },
    uploadPhoto: (_, { url }) => {
      const n = ++made;
      photos.push({ kind: 'Photo', id: `f${n}`, url, owner: 'u1', at: n });
      return photos.at(-1);
    },
    undo: () => {
      const p = posts.at(-1);
      p.text += '!';
      return p.id;
    },
    sendMessage: (_, { threadId, body }) => {
      need(threads, threadId);
      const n = ++made;
      messages.push({ id: `m${n}`, thread: threadId, from: `u${1 + (n % 3)}`, body, seq: n });
      return messages.at(-1);
    },
    unsend: (_, { messageId }) => {
      need(messages, messageId);
      take(messages, (m) => m.id === messageId);
      return true;
    },
    startThread: (_, { with: other }) => {
      threads.push({ id: `t${++made}`, members: ['u1', need(people, other).id], seen: 0, muted: false });
      return threads.at(-1);
    },
    muteThread: (_, { id }) => {
      const t = need(threads, id);
      t.muted = !t.muted;
      return t.muted;
    },
    leaveThread: (_, { threadId }) => {
      const t = need(threads, threadId);
      t.members = t.members.filter((u) => u !== 'u1');
      return true;
    },
    vote: (_, { pollId, option }) => {
      const q = need(polls, pollId);
      for (const o of q.options) o.votes = o.votes.filter((u) => u !== 'u1');
      const o = q.options[option % 2];
      o.votes.push('u1');
      return true;
    },
    resetVotes: (_, { pollId }) => {
      const q = need(polls, pollId);
      for (const o of q.options) o.votes = [];
      return q;
    },
    setTheme: (_, { theme }) => {
      settings.theme = theme;
      return true;
    },
    updateSettings: (_, { digest }) => Object.assign(settings, { digest: digest ?? !settings.digest }),
  },
});
