import {
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  getNamedType,
  type GraphQLSchema,
} from 'graphql';

/** SDL to be laid over a schema that makes everything which queries can return cacheable, and declares nothing else. */
export function everythingCacheable(schema: GraphQLSchema, maxAge = 3600): string {
  const query = schema.getQueryType()!;
  const reached = new Set<string>();
  const next = [query.name];
  // A list may grow while it is gone through.
  for (const name of next) {
    const type = schema.getType(name);
    if (!isCompositeType(type) || reached.has(name)) continue;
    reached.add(name);
    if (isAbstractType(type)) next.push(...schema.getPossibleTypes(type).map((one) => one.name));
    if (isObjectType(type) || isInterfaceType(type))
      next.push(...Object.values(type.getFields()).map((field) => getNamedType(field.type).name));
  }
  reached.delete(query.name);
  return [...reached]
    .map((name) => {
      const type = schema.getType(name);
      const kind = isObjectType(type) ? 'type' : isInterfaceType(type) ? 'interface' : 'union';
      return `extend ${kind} ${name} @cacheControl(maxAge: ${maxAge})\n`;
    })
    .join('');
}
