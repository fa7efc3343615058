import { asking, knowledgeOf } from './harness';

const knowledge = knowledgeOf(`
  type Trip @cacheControl(maxAge: 60, swr: 30) { id: ID! title: String! seats: Int! @cacheControl(maxAge: 5) }
  type Stop @cacheControl(maxAge: 90) { id: ID! trip: Trip }
  type Query { trip: Trip stop: Stop stops: [Stop!]! lone: Trip @cacheControl(maxAge: 7) }
`);

const trip = { id: '1', title: 'Trip', seats: 3 };
const roots = { trip, stop: { id: '1', trip }, stops: [] };

describe('the limit of an answer', () => {
  it.each([
    ['of its only field', '{ trip { title } }', 60, 90, 'Query.trip'],
    ['of the smallest maxAge', '{ trip { title seats } }', 5, 5, 'Trip.seats'],
    ['of two fields, one for each end', '{ stop { trip { title } } }', 60, 90, 'Stop.trip'],
    ['of a shorter field beneath a longer one', '{ stop { id } trip { title } }', 60, 90, 'Query.trip'],
    ['of the fields that are there', '{ stops { trip { seats } } }', 90, 90, 'Query.stops'],
    ['without what was skipped', '{ stop { id trip @skip(if: true) { id } } }', 90, 90, 'Query.stop'],
    ['also of a null', '{ stops { id } lone { seats } }', 7, 37, 'Query.lone'],
  ])('is that %s', (_, text, maxAge, staleUntil, coordinate) => {
    const { limit } = asking(knowledge, text, {}, roots).collected;
    expect(limit).toMatchObject({ maxAge, staleUntil, coordinate });
  });

  it('does not exist when everything was skipped', () => {
    expect(asking(knowledge, '{ trip @skip(if: true) { id } }', {}, roots).collected.limit).toBeUndefined();
  });
});
