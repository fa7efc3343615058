import { Warnings } from './warnings';

const warnings = new Warnings({
  findings: [
    {
      code: 'mutation-purges-nothing',
      coordinate: 'Mutation.reset',
      message: 'Mutation.reset returns no type.',
    },
    { code: 'value-nobody-purges', coordinate: 'Query.total', message: 'Query.total is a plain value.' },
    {
      code: 'list-never-purged',
      coordinate: 'Query.logs',
      message: 'None purges Query.logs and Author.logs.',
    },
    { code: 'value-nobody-purges', coordinate: 'Query.ranks', also: ['Rank.place'], message: 'Rows.' },
    { code: 'cached-type-without-key', coordinate: 'Query.stats', message: 'Stats has no key.' },
  ],
});

describe('what check foretells', () => {
  it('covers everything after a mutation that purges nothing', () => {
    expect(warnings.foretold('Mutation.reset', [['Query.posts', 'Post.score']])).toBe(
      'mutation-purges-nothing',
    );
  });

  it('covers a field that it names, and what lies below', () => {
    expect(warnings.foretold('Mutation.like', [['Query.total']])).toBe('value-nobody-purges');
    expect(warnings.foretold('Mutation.like', [['Query.author', 'Author.logs', 'Log.text']])).toBe(
      'list-never-purged',
    );
  });

  it('covers further fields that it is about', () => {
    expect(warnings.foretold('Mutation.like', [['Query.user', 'User.rank', 'Rank.place']])).toBe(
      'value-nobody-purges',
    );
  });

  it('covers no answer of which one difference was not foretold', () => {
    expect(warnings.foretold('Mutation.like', [['Query.total'], ['Query.posts']])).toBeUndefined();
    expect(warnings.foretold('Mutation.like', [])).toBeUndefined();
  });

  it('covers nothing by findings that speak of other things', () => {
    expect(warnings.foretold('Mutation.like', [['Query.stats', 'Stats.users']])).toBeUndefined();
  });
});

describe('what check says that no log holds', () => {
  const ofLog = Warnings.ofLog({
    findings: [{ code: 'value-nobody-purges', coordinate: 'Query.total', message: '' }],
    database: { problems: [], unlogged: [{ type: 'Visit', table: 'leaf.visit_1' }] },
  });

  it('covers fields that show the type, after a statement about that table', () => {
    const ways = [['Query.allVisits', 'VisitsConnection.totalCount'], ['Author.visitsByAuthorId']];
    expect(ofLog.foretold('truncate leaf.visit_1', ways)).toBe('not in the log: leaf.visit_1');
    expect(ofLog.foretold('truncate leaf.visit_2', ways)).toBeUndefined();
    expect(ofLog.foretold('truncate leaf.visit_1', [['Query.author', 'Author.name']])).toBeUndefined();
  });

  it('leaves nothing to what is said of mutations', () => {
    expect(ofLog.foretold('update app.post', [['Query.total']])).toBeUndefined();
  });
});
