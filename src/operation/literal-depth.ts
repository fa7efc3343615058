import { BREAK, visit, type DocumentNode } from 'graphql';

/**
 * Whether a value or a type in a document has more levels of lists and objects than so many: the parser follows them
 * without a bound, and so does all that reads them later.
 */
export function hasDeepLiteral(document: DocumentNode, levels: number): boolean {
  let level = 0;
  let isDeep = false;
  const enter = (): typeof BREAK | undefined => {
    isDeep = ++level > levels;
    return isDeep ? BREAK : undefined;
  };
  const leave = (): void => {
    level--;
  };
  const nest = { enter, leave };
  visit(document, { ListValue: nest, ObjectValue: nest, ListType: nest });
  return isDeep;
}
