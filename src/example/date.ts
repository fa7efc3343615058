import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

const FULL_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A day of the calendar as text, for example 2026-08-01. RFC 3339 5.6, full-date. */
export const DateScalar = new GraphQLScalarType<string, string>({
  name: 'Date',
  serialize: (value) => parseDate(value),
  parseValue: (value) => parseDate(value),
  parseLiteral: (node) => parseDate(node.kind === Kind.STRING ? node.value : undefined),
});

function parseDate(value: unknown): string {
  if (typeof value === 'string' && FULL_DATE.test(value)) {
    const day = new Date(`${value}T00:00:00Z`);
    // A day the month does not have becomes one of the next month, or no date at all.
    if (!Number.isNaN(day.getTime()) && day.toISOString().startsWith(value)) return value;
  }
  throw new GraphQLError('A Date is a day such as "2026-08-01".', { extensions: { code: 'BAD_USER_INPUT' } });
}
