/** Codes in `extensions.code` of errors that say that a mutation did not run, unless REFUSED_CODES names others. */
export const REFUSED_CODES: readonly string[] = [
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
];
