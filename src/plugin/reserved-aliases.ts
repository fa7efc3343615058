import { GraphQLError, type ValidationRule } from 'graphql';

/** P35: aliases that begin with `__` are ours. A client's own could pass for a key or a type that was asked for. */
export const reservedAliases: ValidationRule = (context) => ({
  Field({ alias }) {
    if (!alias?.value.startsWith('__')) return;
    context.reportError(
      new GraphQLError('Aliases that begin with `__` are reserved.', {
        nodes: alias,
        extensions: { code: 'RESERVED_ALIAS' },
      }),
    );
  },
});
