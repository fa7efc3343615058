import * as fc from 'fast-check';
import { buildSchema } from 'graphql';
import pluralize from 'pluralize';
import { readMutationName, type Effect } from '../../src/policy/mutation-name';
import { readRules } from '../../src/policy/rules';
import { typeNames } from '../../src/policy/type-names';

function reader(...types: readonly string[]) {
  const schema = buildSchema(`
    type Query { ${types.map((type, index) => `f${index}: ${type}`).join(' ')} }
    ${types.map((type) => `type ${type} { id: ID! }`).join(' ')}
  `);
  const names = typeNames(schema, readRules(schema, { defaultMaxAge: 0 }));
  return (name: string) => {
    const { effect, types: found } = readMutationName(names, name);
    return [effect, ...found.map((type) => type.name)];
  };
}

describe('the name of a mutation', () => {
  const read = reader(
    'Post',
    'OrderItem',
    'Order',
    'Person',
    'Category',
    'Product',
    'Review',
    'Team',
    'PollOption',
    'HTTPLog',
  );
  it.each<[string, Effect, ...string[]]>([
    ['createPost', 'creates', 'Post'],
    ['CreatePosts', 'creates', 'Post'],
    ['create_post', 'creates', 'Post'],
    ['CREATE_POST', 'creates', 'Post'],
    ['createOnePost', 'creates', 'Post'],
    ['createManyAndReturnPost', 'creates', 'Post'],
    ['insert_posts_one', 'creates', 'Post'],
    ['insertIntoPostsCollection', 'creates', 'Post'],
    ['insertIntoPostsSingle', 'creates', 'Post'],
    ['postCreate', 'creates', 'Post'],
    ['updatePostById', 'changes', 'Post'],
    ['update_posts_by_pk', 'changes', 'Post'],
    ['update_posts_many', 'changes', 'Post'],
    ['postUpdateOne', 'changes', 'Post'],
    ['archivePost', 'changes', 'Post'],
    ['deletePost', 'deletes', 'Post'],
    ['delete_posts_by_pk', 'deletes', 'Post'],
    ['delete_posts_items', 'deletes', 'Post'],
    ['deleteFromPostsCollection', 'deletes', 'Post'],
    ['postRemoveById', 'deletes', 'Post'],
    ['productBulkDelete', 'deletes', 'Product'],
    ['destroyPost', 'deletes', 'Post'],
    ['upsertOnePost', 'either', 'Post'],
    ['createOrUpdatePost', 'either', 'Post'],
    ['importPosts', 'either', 'Post'],
    ['setOrderItem', 'either', 'OrderItem'],
    ['deletePeople', 'deletes', 'Person'],
    ['deletePersons', 'deletes', 'Person'],
    ['updateCategories', 'changes', 'Category'],
    ['deleteOrderItems', 'deletes', 'OrderItem'],
    ['deleteOrder', 'deletes', 'Order'],
    ['createHTTPLogs', 'creates', 'HTTPLog'],
    ['createHttpLog', 'creates', 'HTTPLog'],
    ['addReviewToProduct', 'either', 'Review', 'Product'],
    ['updatePostByTeamId', 'changes', 'Post'],
    ['likePost', 'unknown', 'Post'],
    ['checkout', 'unknown'],
    ['deleteEverything', 'deletes'],
    ['', 'unknown'],
    ['_', 'unknown'],
  ])('%s: %s', (name, ...expected) => {
    expect(read(name)).toEqual(expected);
  });

  it('finds a type that is named with a filler, where none has the name itself', () => {
    expect(reader('BookType', 'Author', 'AuthorModel')('createBooks')).toEqual(['creates', 'BookType']);
    expect(reader('BookType', 'Author', 'AuthorModel')('deleteAuthor')).toEqual(['deletes', 'Author']);
    const generated = reader('UsersSelectItem', 'TeamsUsersRelation', 'TeamsSelectItem');
    expect(generated('insertIntoUsers')).toEqual(['creates', 'UsersSelectItem', 'TeamsUsersRelation']);
    expect(generated('updateTeams')).toEqual(['changes', 'TeamsSelectItem']);
  });

  it('takes all types that are called the same', () => {
    expect(reader('user', 'Users')('delete_user')).toEqual(['deletes', 'user', 'Users']);
  });

  it('finds the type whatever its name, the verb and the style are', () => {
    const nouns = [
      'post',
      'category',
      'person',
      'news',
      'bus',
      'gas',
      'status',
      'child',
      'mouse',
      'city',
      'address',
      'leaf',
      'data',
      'series',
      'photo',
      'hero',
      'quiz',
      'index',
      'analysis',
      'company',
      'day',
      'class',
    ];
    const verbs = {
      create: 'creates',
      insert: 'creates',
      update: 'changes',
      edit: 'changes',
      delete: 'deletes',
      remove: 'deletes',
      upsert: 'either',
      import: 'either',
    } as const;
    const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
    const styles = {
      camel: (words: readonly string[]) => words[0]! + words.slice(1).map(capital).join(''),
      pascal: (words: readonly string[]) => words.map(capital).join(''),
      snake: (words: readonly string[]) => words.join('_'),
      screaming: (words: readonly string[]) => words.join('_').toUpperCase(),
    };
    const style = fc.constantFrom(...(Object.keys(styles) as (keyof typeof styles)[]));
    const noun = fc.array(fc.constantFrom(...nouns), { minLength: 1, maxLength: 2 });
    const numbered = (words: readonly string[], many: boolean) =>
      many ? [...words.slice(0, -1), pluralize(words.at(-1)!)] : words;
    const around = fc.constantFrom<readonly [readonly string[], readonly string[]]>(
      [[], []],
      [['one'], []],
      [['many'], []],
      [['bulk'], []],
      [[], ['one']],
      [[], ['many']],
      [[], ['by', 'id']],
      [[], ['by', 'pk']],
      [[], ['collection']],
      [['into'], ['collection']],
    );
    fc.assert(
      fc.property(
        noun,
        fc.boolean(),
        fc.boolean(),
        style,
        style,
        around,
        fc.boolean(),
        fc.constantFrom(...(Object.keys(verbs) as (keyof typeof verbs)[])),
        (words, typeIsMany, isMany, typeStyle, nameStyle, [before, after], isVerbLast, verb) => {
          const type = styles[typeStyle](numbered(words, typeIsMany));
          const middle = [...before, ...numbered(words, isMany), ...after];
          const name = styles[nameStyle](isVerbLast ? [...middle, verb] : [verb, ...middle]);
          // A verb behind `by` would be part of a key's name.
          fc.pre(!(isVerbLast && after[0] === 'by'));
          expect([name, ...reader(type)(name)]).toEqual([name, verbs[verb], type]);
        },
      ),
    );
  });
});
