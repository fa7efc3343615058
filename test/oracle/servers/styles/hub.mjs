/** In the manner of GitHub: global ids, connections, payloads with clientMutationId, interfaces such as Starrable. */
import { GraphQLError } from 'graphql';
import { compare, from1to, serve, take } from './serve.mjs';

const users = from1to(5).map((n) => ({
  kind: 'User',
  id: `U_${n}`,
  login: `user${n}`,
  bio: null,
  status: null,
  following: [],
}));
const repos = from1to(4).map((n) => ({
  kind: 'Repository',
  id: `R_${n}`,
  name: `repo${n}`,
  owner: `U_${1 + (n % 3)}`,
  archived: false,
  stars: [`U_${n}`],
  pinned: [],
}));
const labels = from1to(4).map((n) => ({
  kind: 'Label',
  id: `L_${n}`,
  name: ['bug', 'doc', 'ui', 'ops'][n - 1],
  repo: `R_${1 + (n % 2)}`,
}));
const milestones = from1to(3).map((n) => ({
  kind: 'Milestone',
  id: `M_${n}`,
  title: `v${n}`,
  repo: 'R_1',
  open: true,
}));
const issues = from1to(12).map((n) => ({
  kind: n % 4 ? 'Issue' : 'PullRequest',
  id: n % 4 ? `I_${n}` : `PR_${n}`,
  number: n,
  title: `I${n}`,
  body: null,
  state: n % 3 ? 'OPEN' : 'CLOSED',
  author: `U_${1 + (n % 5)}`,
  repo: `R_${1 + (n % 4)}`,
  assignees: [`U_${1 + (n % 4)}`],
  labels: [`L_${1 + (n % 4)}`],
  milestone: n % 2 ? 'M_1' : null,
  locked: false,
  updated: n,
  merged: false,
}));
const comments = from1to(14).map((n) => ({
  kind: 'IssueComment',
  id: `C_${n}`,
  body: `c${n}`,
  author: `U_${1 + (n % 5)}`,
  issue: issues[n % 12].id,
  minimized: false,
}));
const reactions = from1to(10).map((n) => ({
  kind: 'Reaction',
  id: `E_${n}`,
  content: ['THUMBS_UP', 'HEART'][n % 2],
  user: `U_${1 + (n % 5)}`,
  subject: n % 2 ? issues[n].id : `C_${n}`,
}));
const events = from1to(4).map((n) => ({
  kind: 'ClosedEvent',
  id: `V_${n}`,
  issue: issues[n].id,
  actor: 'U_1',
}));
let made = 100;
const all = () => [
  ...users,
  ...repos,
  ...labels,
  ...milestones,
  ...issues,
  ...comments,
  ...reactions,
  ...events,
];
const at = (id) => all().find((one) => one.id === id) ?? null;
const need = (id, ...kinds) => {
  const found = at(id);
  if (!found || (kinds.length && !kinds.includes(found.kind)))
    throw new GraphQLError(`Could not resolve to a node with the global id of '${id}'`);
  return found;
};
const viewer = () => users[0];
const connection = (rows, { first, after, last } = {}) => {
  const start = after ? rows.findIndex(({ id }) => id === after) + 1 : 0;
  const nodes = last ? rows.slice(-last) : rows.slice(start, start + Math.max(0, first ?? 5));
  return {
    nodes,
    edges: nodes.map((node) => ({ node, cursor: node.id })),
    totalCount: rows.length,
    pageInfo: { hasNextPage: start + nodes.length < rows.length, endCursor: nodes.at(-1)?.id ?? null },
  };
};
const filtered = (rows, { states, labels: names, filterBy, orderBy }) => {
  const found = rows.filter(
    (i) =>
      (!states || states.includes(i.state)) &&
      (!names || i.labels.some((l) => names.includes(at(l)?.name))) &&
      (!filterBy?.assignee || i.assignees.some((u) => at(u)?.login === filterBy.assignee)) &&
      (!filterBy?.createdBy || at(i.author)?.login === filterBy.createdBy) &&
      (!filterBy?.milestone || at(i.milestone)?.title === filterBy.milestone),
  );
  const value = {
    CREATED_AT: (i) => i.number,
    UPDATED_AT: (i) => i.updated,
    COMMENTS: (i) => comments.filter((c) => c.issue === i.id).length,
  };
  return orderBy
    ? found.toSorted((a, b) => {
        const f = value[orderBy.field];
        return orderBy.direction === 'ASC' ? compare(f(a), f(b)) : compare(f(b), f(a));
      })
    : found;
};
const touch = (issue) => Object.assign(issue, { updated: ++made });
const conn = (name, node) =>
  `type ${name}Connection { nodes: [${node}] edges: [${name}Edge] totalCount: Int! pageInfo: PageInfo! } type ${name}Edge { cursor: String! node: ${node} }`;
const PAGE = 'first: Int, last: Int, after: String';
const ISSUE = `id: ID! number: Int! title: String! body: String state: IssueState! author: Actor repository: Repository! assignees(${PAGE}): UserConnection! labels(${PAGE}): LabelConnection milestone: Milestone comments(${PAGE}): IssueCommentConnection! locked: Boolean! reactions(${PAGE}, content: ReactionContent): ReactionConnection! reactionGroups: [ReactionGroup!] viewerHasReacted: Boolean! participants(${PAGE}): UserConnection! timelineItems(${PAGE}): TimelineItemsConnection! updatedAt: Int!`;
const ISSUES = `${PAGE}, states: [IssueState!], labels: [String!], filterBy: IssueFilters, orderBy: IssueOrder`;
const payload = (name, input, fields) =>
  `input ${name}Input { clientMutationId: String ${input} } type ${name}Payload { clientMutationId: String ${fields} } extend type Mutation { ${name[0].toLowerCase()}${name.slice(1)}(input: ${name}Input!): ${name}Payload }`;
const typeDefs = `
  enum IssueState { OPEN CLOSED } enum ReactionContent { THUMBS_UP HEART } enum OrderDirection { ASC DESC } enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS } enum StarOrderField { STARGAZERS NAME }
  input IssueOrder { field: IssueOrderField! direction: OrderDirection! } input RepositoryOrder { field: StarOrderField! direction: OrderDirection! } input IssueFilters { assignee: String createdBy: String milestone: String }
  interface Node { id: ID! } interface Actor { login: String! } interface RepositoryOwner { id: ID! login: String! repositories(${PAGE}, orderBy: RepositoryOrder): RepositoryConnection! }
  interface Starrable { id: ID! stargazerCount: Int! viewerHasStarred: Boolean! } interface Labelable { labels(${PAGE}): LabelConnection } interface Assignable { assignees(${PAGE}): UserConnection! } interface Closable { closed: Boolean! } interface Lockable { locked: Boolean! } interface Comment { id: ID! body: String author: Actor } interface Reactable { id: ID! reactionGroups: [ReactionGroup!] reactions(${PAGE}, content: ReactionContent): ReactionConnection! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type User implements Node & Actor & RepositoryOwner { id: ID! login: String! bio: String status: UserStatus repositories(${PAGE}, orderBy: RepositoryOrder): RepositoryConnection! starredRepositories(${PAGE}): RepositoryConnection! issues(${ISSUES}): IssueConnection! followers(${PAGE}): UserConnection! following(${PAGE}): UserConnection! contributionsCollection: ContributionsCollection! viewerIsFollowing: Boolean! pinnedItems(${PAGE}): RepositoryConnection! }
  type UserStatus { emoji: String message: String user: User! } type ContributionsCollection { totalIssueContributions: Int! totalPullRequestContributions: Int! issueContributionsByRepository: [IssueContributionsByRepository!]! } type IssueContributionsByRepository { repository: Repository! count: Int! }
  type Repository implements Node & Starrable { id: ID! name: String! nameWithOwner: String! owner: RepositoryOwner! isArchived: Boolean! stargazerCount: Int! viewerHasStarred: Boolean! stargazers(${PAGE}): UserConnection! issues(${ISSUES}): IssueConnection! pullRequests(${PAGE}, states: [IssueState!]): PullRequestConnection! issue(number: Int!): Issue issueOrPullRequest(number: Int!): IssueOrPullRequest labels(${PAGE}): LabelConnection label(name: String!): Label milestones(${PAGE}): MilestoneConnection milestone(title: String!): Milestone assignableUsers(${PAGE}): UserConnection! hasIssues: Boolean! latestIssue: Issue }
  union IssueOrPullRequest = Issue | PullRequest union TimelineItem = IssueComment | ClosedEvent union SearchResultItem = Issue | PullRequest | Repository | User
  type Label implements Node { id: ID! name: String! issues(${ISSUES}): IssueConnection! repository: Repository! }
  type Milestone implements Node & Closable { id: ID! title: String! closed: Boolean! issues(${ISSUES}): IssueConnection! progressPercentage: Float! repository: Repository! }
  type Issue implements Node & Labelable & Assignable & Closable & Lockable & Reactable & Comment { ${ISSUE} closed: Boolean! }
  type PullRequest implements Node & Labelable & Assignable & Closable & Lockable & Reactable & Comment { ${ISSUE} closed: Boolean! merged: Boolean! closingIssuesReferences(${PAGE}): IssueConnection }
  type IssueComment implements Node & Reactable & Comment { id: ID! body: String author: Actor issue: Issue pullRequest: PullRequest isMinimized: Boolean! reactionGroups: [ReactionGroup!] reactions(${PAGE}, content: ReactionContent): ReactionConnection! }
  type Reaction implements Node { id: ID! content: ReactionContent! user: User reactable: Reactable! } type ReactionGroup { content: ReactionContent! viewerHasReacted: Boolean! subject: Reactable! reactors(${PAGE}): UserConnection! } type ClosedEvent implements Node { id: ID! actor: Actor closable: Closable! }
  ${conn('User', 'User')} ${conn('Repository', 'Repository')} ${conn('Issue', 'Issue')} ${conn('PullRequest', 'PullRequest')} ${conn('Label', 'Label')} ${conn('Milestone', 'Milestone')} ${conn('IssueComment', 'IssueComment')} ${conn('Reaction', 'Reaction')} ${conn('TimelineItems', 'TimelineItem')}
  type SearchResultItemConnection { nodes: [SearchResultItem] issueCount: Int! repositoryCount: Int! userCount: Int! pageInfo: PageInfo! } enum SearchType { ISSUE REPOSITORY USER }
  type Query { node(id: ID!): Node nodes(ids: [ID!]!): [Node]! viewer: User! user(login: String!): User repository(owner: String!, name: String!): Repository repositoryOwner(login: String!): RepositoryOwner search(query: String!, type: SearchType!, first: Int): SearchResultItemConnection! }
  type Mutation { ping: Boolean }
  ${payload('CreateIssue', 'repositoryId: ID! title: String! body: String assigneeIds: [ID!] labelIds: [ID!] milestoneId: ID', 'issue: Issue')}
  ${payload('UpdateIssue', 'id: ID! title: String body: String state: IssueState assigneeIds: [ID!] labelIds: [ID!] milestoneId: ID', 'issue: Issue actor: Actor')}
  ${payload('CloseIssue', 'issueId: ID!', 'issue: Issue')} ${payload('ReopenIssue', 'issueId: ID!', 'issue: Issue')} ${payload('DeleteIssue', 'issueId: ID!', 'repository: Repository')} ${payload('TransferIssue', 'issueId: ID! repositoryId: ID!', 'issue: Issue')}
  ${payload('AddComment', 'subjectId: ID! body: String!', 'commentEdge: IssueCommentEdge subject: Node timelineEdge: TimelineItemsEdge')} ${payload('UpdateIssueComment', 'id: ID! body: String!', 'issueComment: IssueComment')} ${payload('DeleteIssueComment', 'id: ID!', '')} ${payload('MinimizeComment', 'subjectId: ID!', 'minimizedComment: Comment')}
  ${payload('AddStar', 'starrableId: ID!', 'starrable: Starrable')} ${payload('RemoveStar', 'starrableId: ID!', 'starrable: Starrable')} ${payload('FollowUser', 'userId: ID!', 'user: User')} ${payload('UnfollowUser', 'userId: ID!', 'user: User')}
  ${payload('AddLabelsToLabelable', 'labelableId: ID! labelIds: [ID!]!', 'labelable: Labelable')} ${payload('RemoveLabelsFromLabelable', 'labelableId: ID! labelIds: [ID!]!', 'labelable: Labelable')} ${payload('ClearLabelsFromLabelable', 'labelableId: ID!', 'labelable: Labelable')} ${payload('CreateLabel', 'repositoryId: ID! name: String!', 'label: Label')} ${payload('UpdateLabel', 'id: ID! name: String', 'label: Label')} ${payload('DeleteLabel', 'id: ID!', '')}
  ${payload('AddAssigneesToAssignable', 'assignableId: ID! assigneeIds: [ID!]!', 'assignable: Assignable')} ${payload('RemoveAssigneesFromAssignable', 'assignableId: ID! assigneeIds: [ID!]!', 'assignable: Assignable')}
  ${payload('AddReaction', 'subjectId: ID! content: ReactionContent!', 'reaction: Reaction reactionGroups: [ReactionGroup!] subject: Reactable')} ${payload('RemoveReaction', 'subjectId: ID! content: ReactionContent!', 'reaction: Reaction subject: Reactable')}
  ${payload('LockLockable', 'lockableId: ID!', 'lockedRecord: Lockable')} ${payload('MergePullRequest', 'pullRequestId: ID!', 'pullRequest: PullRequest')} ${payload('ArchiveRepository', 'repositoryId: ID!', 'repository: Repository')} ${payload('UpdateRepository', 'repositoryId: ID! name: String', 'repository: Repository')} ${payload('CreateRepository', 'name: String! ownerId: ID', 'repository: Repository')} ${payload('ChangeUserStatus', 'emoji: String message: String', 'status: UserStatus')} ${payload('PinIssue', 'issueId: ID!', 'issue: Issue')}
`;
const typeOf = { __resolveType: ({ kind }) => kind };
const byLogin = (login) => users.find((u) => u.login === login) ?? null;
const groups = (s) =>
  ['THUMBS_UP', 'HEART'].map((content) => ({
    content,
    subject: s,
    viewerHasReacted: reactions.some((r) => r.subject === s.id && r.content === content && r.user === 'U_1'),
    rows: reactions.filter((r) => r.subject === s.id && r.content === content),
  }));
const reactable = {
  reactionGroups: groups,
  reactions: (s, { content, ...p }) =>
    connection(
      reactions.filter((r) => r.subject === s.id && (!content || r.content === content)),
      p,
    ),
};
const issueLike = {
  ...reactable,
  author: ({ author }) => at(author),
  repository: ({ repo }) => at(repo),
  assignees: (i, p) => connection(i.assignees.map(at).filter(Boolean), p),
  labels: (i, p) => connection(i.labels.map(at).filter(Boolean), p),
  milestone: (i) => at(i.milestone),
  comments: (i, p) =>
    connection(
      comments.filter((c) => c.issue === i.id),
      p,
    ),
  viewerHasReacted: (i) => reactions.some((r) => r.subject === i.id && r.user === 'U_1'),
  participants: (i, p) =>
    connection(
      [...new Set([i.author, ...comments.filter((c) => c.issue === i.id).map((c) => c.author)])]
        .map(at)
        .filter(Boolean),
      p,
    ),
  timelineItems: (i, p) =>
    connection(
      [...comments, ...events].filter((c) => c.issue === i.id),
      p,
    ),
  updatedAt: (i) => i.updated,
  closed: (i) => i.state === 'CLOSED',
};
const onlyIssues = () => issues.filter((i) => i.kind === 'Issue');
const star = (r) => ({ stargazerCount: r.stars.length });
const sortRepos = (rows, orderBy) =>
  orderBy
    ? rows.toSorted((a, b) => {
        const f = orderBy.field === 'NAME' ? (r) => r.name : (r) => r.stars.length;
        return orderBy.direction === 'ASC' ? compare(f(a), f(b)) : compare(f(b), f(a));
      })
    : rows;
const sub = (issue) => need(issue, 'Issue', 'PullRequest');
const m =
  (f) =>
  (_, { input }) => ({ clientMutationId: input.clientMutationId ?? null, ...f(input) });
serve(typeDefs, {
  Node: typeOf,
  Actor: typeOf,
  RepositoryOwner: typeOf,
  Starrable: typeOf,
  Labelable: typeOf,
  Assignable: typeOf,
  Closable: typeOf,
  Lockable: typeOf,
  Comment: typeOf,
  Reactable: typeOf,
  IssueOrPullRequest: typeOf,
  TimelineItem: typeOf,
  SearchResultItem: typeOf,
  User: {
    status: (u) => u.status && { ...u.status, user: u },
    repositories: (u, { orderBy, ...p }) =>
      connection(
        sortRepos(
          repos.filter((r) => r.owner === u.id),
          orderBy,
        ),
        p,
      ),
    starredRepositories: (u, p) =>
      connection(
        repos.filter((r) => r.stars.includes(u.id)),
        p,
      ),
    issues: (u, p) =>
      connection(
        filtered(
          onlyIssues().filter((i) => i.author === u.id),
          p,
        ),
        p,
      ),
    followers: (u, p) =>
      connection(
        users.filter((o) => o.following.includes(u.id)),
        p,
      ),
    following: (u, p) => connection(u.following.map(at), p),
    viewerIsFollowing: (u) => viewer().following.includes(u.id),
    pinnedItems: (u, p) => connection(repos.filter((r) => r.owner === u.id).slice(0, 1), p),
    contributionsCollection: (u) => ({
      totalIssueContributions: onlyIssues().filter((i) => i.author === u.id).length,
      totalPullRequestContributions: issues.filter((i) => i.kind === 'PullRequest' && i.author === u.id)
        .length,
      issueContributionsByRepository: repos.map((repository) => ({
        repository,
        count: onlyIssues().filter((i) => i.author === u.id && i.repo === repository.id).length,
      })),
    }),
  },
  Repository: {
    nameWithOwner: (r) => `${at(r.owner).login}/${r.name}`,
    owner: (r) => at(r.owner),
    isArchived: (r) => r.archived,
    stargazerCount: (r) => star(r).stargazerCount,
    viewerHasStarred: (r) => r.stars.includes('U_1'),
    stargazers: (r, p) => connection(r.stars.map(at), p),
    issues: (r, p) =>
      connection(
        filtered(
          onlyIssues().filter((i) => i.repo === r.id),
          p,
        ),
        p,
      ),
    pullRequests: (r, p) =>
      connection(
        filtered(
          issues.filter((i) => i.kind === 'PullRequest' && i.repo === r.id),
          p,
        ),
        p,
      ),
    issue: (r, { number }) => onlyIssues().find((i) => i.repo === r.id && i.number === number) ?? null,
    issueOrPullRequest: (r, { number }) => issues.find((i) => i.repo === r.id && i.number === number) ?? null,
    labels: (r, p) =>
      connection(
        labels.filter((l) => l.repo === r.id),
        p,
      ),
    label: (r, { name }) => labels.find((l) => l.repo === r.id && l.name === name) ?? null,
    milestones: (r, p) =>
      connection(
        milestones.filter((x) => x.repo === r.id),
        p,
      ),
    milestone: (r, { title }) => milestones.find((x) => x.repo === r.id && x.title === title) ?? null,
    assignableUsers: (r, p) => connection(users, p),
    hasIssues: (r) => onlyIssues().some((i) => i.repo === r.id),
    latestIssue: (r) =>
      onlyIssues()
        .filter((i) => i.repo === r.id)
        .at(-1) ?? null,
  },
  Label: {
    issues: (l, p) =>
      connection(
        filtered(
          onlyIssues().filter((i) => i.labels.includes(l.id)),
          p,
        ),
        p,
      ),
    repository: (l) => at(l.repo),
  },
  Milestone: {
    closed: (x) => !x.open,
    issues: (x, p) =>
      connection(
        filtered(
          onlyIssues().filter((i) => i.milestone === x.id),
          p,
        ),
        p,
      ),
    progressPercentage: (x) => {
      const mine = issues.filter((i) => i.milestone === x.id);
      return mine.length ? (100 * mine.filter((i) => i.state === 'CLOSED').length) / mine.length : 0;
    },
    repository: (x) => at(x.repo),
  },
  Issue: issueLike,
  PullRequest: {
    ...issueLike,
    closingIssuesReferences: (i, p) =>
      connection(
        onlyIssues()
          .filter((o) => o.repo === i.repo)
          .slice(0, 1),
        p,
      ),
  },
  IssueComment: {
    ...reactable,
    author: (c) => at(c.author),
    issue: (c) => (at(c.issue)?.kind === 'Issue' ? at(c.issue) : null),
    pullRequest: (c) => (at(c.issue)?.kind === 'PullRequest' ? at(c.issue) : null),
    isMinimized: (c) => c.minimized,
  },
  Reaction: { user: (r) => at(r.user), reactable: (r) => at(r.subject) },
  ReactionGroup: { reactors: (g, p) => connection([...new Set(g.rows.map((r) => r.user))].map(at), p) },
  ClosedEvent: { actor: (e) => at(e.actor), closable: (e) => at(e.issue) },
  Query: {
    node: (_, { id }) => at(id),
    nodes: (_, { ids }) => ids.map(at),
    viewer,
    user: (_, { login }) => byLogin(login),
    repository: (_, { owner, name }) =>
      repos.find((r) => at(r.owner).login === owner && r.name === name) ?? null,
    repositoryOwner: (_, { login }) => byLogin(login),
    search: (_, { query, type, first }) => {
      const found =
        type === 'ISSUE'
          ? issues.filter((i) => i.title.includes(query))
          : type === 'USER'
            ? users.filter((u) => u.login.includes(query))
            : repos.filter((r) => r.name.includes(query));
      return {
        nodes: found.slice(0, Math.max(0, first ?? 5)),
        issueCount: type === 'ISSUE' ? found.length : 0,
        repositoryCount: type === 'REPOSITORY' ? found.length : 0,
        userCount: type === 'USER' ? found.length : 0,
        pageInfo: { hasNextPage: false, endCursor: null },
      };
    },
  },
  Mutation: {
    ping: () => true,
    createIssue: m(({ repositoryId, title, body, assigneeIds, labelIds, milestoneId }) => {
      need(repositoryId, 'Repository');
      const n = ++made;
      issues.push({
        kind: 'Issue',
        id: `I_${n}`,
        number: n,
        title,
        body: body ?? null,
        state: 'OPEN',
        author: 'U_1',
        repo: repositoryId,
        assignees: (assigneeIds ?? []).map((u) => need(u, 'User').id),
        labels: (labelIds ?? []).map((l) => need(l, 'Label').id),
        milestone: milestoneId ? need(milestoneId, 'Milestone').id : null,
        locked: false,
        updated: n,
      });
      return { issue: issues.at(-1) };
    }),
    updateIssue: m(({ id, title, body, state, assigneeIds, labelIds, milestoneId }) => {
      const i = touch(need(id, 'Issue'));
      if (title) i.title = title;
      if (body) i.body = body;
      if (state) i.state = state;
      if (assigneeIds) i.assignees = assigneeIds.map((u) => need(u, 'User').id);
      if (labelIds) i.labels = labelIds.map((l) => need(l, 'Label').id);
      if (milestoneId !== undefined) i.milestone = milestoneId && need(milestoneId, 'Milestone').id;
      return { issue: i, actor: viewer() };
    }),
    closeIssue: m(({ issueId }) => {
      const i = touch(need(issueId, 'Issue'));
      i.state = 'CLOSED';
      events.push({ kind: 'ClosedEvent', id: `V_${++made}`, issue: i.id, actor: 'U_1' });
      return { issue: i };
    }),
    reopenIssue: m(({ issueId }) => ({
      issue: Object.assign(touch(need(issueId, 'Issue')), { state: 'OPEN' }),
    })),
    transferIssue: m(({ issueId, repositoryId }) => ({
      issue: Object.assign(touch(need(issueId, 'Issue')), { repo: need(repositoryId, 'Repository').id }),
    })),
    deleteIssue: m(({ issueId }) => {
      const i = need(issueId, 'Issue');
      take(issues, (o) => o === i);
      take(comments, (c) => c.issue === i.id);
      take(events, (c) => c.issue === i.id);
      take(reactions, (r) => !at(r.subject));
      return { repository: at(i.repo) };
    }),
    addComment: m(({ subjectId, body }) => {
      const i = touch(sub(subjectId));
      const c = {
        kind: 'IssueComment',
        id: `C_${++made}`,
        body,
        author: 'U_1',
        issue: i.id,
        minimized: false,
      };
      comments.push(c);
      return { commentEdge: { cursor: c.id, node: c }, subject: i, timelineEdge: { cursor: c.id, node: c } };
    }),
    updateIssueComment: m(({ id, body }) => ({
      issueComment: Object.assign(need(id, 'IssueComment'), { body }),
    })),
    deleteIssueComment: m(({ id }) => {
      need(id, 'IssueComment');
      take(comments, (c) => c.id === id);
      take(reactions, (r) => r.subject === id);
      return {};
    }),
    minimizeComment: m(({ subjectId }) => ({
      minimizedComment: Object.assign(need(subjectId, 'IssueComment'), { minimized: true }),
    })),
    addStar: m(({ starrableId }) => {
      const r = need(starrableId, 'Repository');
      if (!r.stars.includes('U_1')) r.stars.push('U_1');
      return { starrable: r };
    }),
    removeStar: m(({ starrableId }) => {
      const r = need(starrableId, 'Repository');
      r.stars = r.stars.filter((u) => u !== 'U_1');
      return { starrable: r };
    }),
    followUser: m(({ userId }) => {
      const u = need(userId, 'User');
      if (!viewer().following.includes(userId)) viewer().following.push(userId);
      return { user: u };
    }),
    unfollowUser: m(({ userId }) => {
      const u = need(userId, 'User');
      viewer().following = viewer().following.filter((o) => o !== userId);
      return { user: u };
    }),
    addLabelsToLabelable: m(({ labelableId, labelIds }) => {
      const i = touch(sub(labelableId));
      i.labels = [...new Set([...i.labels, ...labelIds.map((l) => need(l, 'Label').id)])];
      return { labelable: i };
    }),
    removeLabelsFromLabelable: m(({ labelableId, labelIds }) => {
      const i = touch(sub(labelableId));
      i.labels = i.labels.filter((l) => !labelIds.includes(l));
      return { labelable: i };
    }),
    clearLabelsFromLabelable: m(({ labelableId }) => ({
      labelable: Object.assign(touch(sub(labelableId)), { labels: [] }),
    })),
    createLabel: m(({ repositoryId, name }) => {
      labels.push({ kind: 'Label', id: `L_${++made}`, name, repo: need(repositoryId, 'Repository').id });
      return { label: labels.at(-1) };
    }),
    updateLabel: m(({ id, name }) => ({ label: Object.assign(need(id, 'Label'), name ? { name } : {}) })),
    deleteLabel: m(({ id }) => {
      need(id, 'Label');
      take(labels, (l) => l.id === id);
      return {};
    }),
    addAssigneesToAssignable: m(({ assignableId, assigneeIds }) => {
      const i = touch(sub(assignableId));
      i.assignees = [...new Set([...i.assignees, ...assigneeIds.map((u) => need(u, 'User').id)])];
      return { assignable: i };
    }),
    removeAssigneesFromAssignable: m(({ assignableId, assigneeIds }) => {
      const i = touch(sub(assignableId));
      i.assignees = i.assignees.filter((u) => !assigneeIds.includes(u));
      return { assignable: i };
    }),
    addReaction: m(({ subjectId, content }) => {
      const s = need(subjectId, 'Issue', 'PullRequest', 'IssueComment');
      const r = { kind: 'Reaction', id: `E_${++made}`, content, user: 'U_1', subject: s.id };
      reactions.push(r);
      return { reaction: r, subject: s, reactionGroups: groups(s) };
    }),
    removeReaction: m(({ subjectId, content }) => {
      const s = need(subjectId, 'Issue', 'PullRequest', 'IssueComment');
      const [r] = take(
        reactions,
        (o) => o.subject === subjectId && o.content === content && o.user === 'U_1',
      );
      if (!r) throw new GraphQLError('no reaction');
      return { reaction: r, subject: s };
    }),
    lockLockable: m(({ lockableId }) => ({ lockedRecord: Object.assign(sub(lockableId), { locked: true }) })),
    mergePullRequest: m(({ pullRequestId }) => {
      const p = Object.assign(touch(need(pullRequestId, 'PullRequest')), { merged: true, state: 'CLOSED' });
      for (const i of onlyIssues()
        .filter((o) => o.repo === p.repo)
        .slice(0, 1))
        i.state = 'CLOSED';
      return { pullRequest: p };
    }),
    archiveRepository: m(({ repositoryId }) => ({
      repository: Object.assign(need(repositoryId, 'Repository'), { archived: true }),
    })),
    updateRepository: m(({ repositoryId, name }) => ({
      repository: Object.assign(need(repositoryId, 'Repository'), name ? { name } : {}),
    })),
    createRepository: m(({ name, ownerId }) => {
      repos.push({
        kind: 'Repository',
        id: `R_${++made}`,
        name,
        owner: ownerId ? need(ownerId, 'User').id : 'U_1',
        archived: false,
        stars: [],
      });
      return { repository: repos.at(-1) };
    }),
    changeUserStatus: m(({ emoji, message }) => {
      viewer().status = { emoji, message };
      return { status: { emoji, message, user: viewer() } };
    }),
    pinIssue: m(({ issueId }) => ({ issue: need(issueId, 'Issue') })),
  },
});
