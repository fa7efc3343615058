/**
 * The directives an operator writes. `@cacheControl` is Apollo Server's with `swr` added; `@cacheTag` is Apollo Router's
 * and `@key` Federation's with `entity` added, so that a schema annotated for either works as it is; `@purges` is ours.
 */
export const DIRECTIVES_SDL = `
enum CacheControlScope {
  PUBLIC
  PRIVATE
}

directive @cacheControl(
  maxAge: Int
  scope: CacheControlScope
  inheritMaxAge: Boolean
  swr: Int
) on FIELD_DEFINITION | OBJECT | INTERFACE | UNION

directive @cacheTag(format: String!) repeatable on FIELD_DEFINITION | OBJECT | INTERFACE

directive @key(fields: String!, resolvable: Boolean = true, entity: String) repeatable on OBJECT | INTERFACE

directive @purges(tags: [String!]! = [], lists: Boolean! = true) on FIELD_DEFINITION
`;
