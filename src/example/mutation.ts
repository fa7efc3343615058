import type { ExampleData } from './data';
import { badInput, requireBetween, requireCountry, requireRecord, requireRoom, requireText } from './input';

interface CreateTrip {
  readonly travellerId: string;
  readonly country: string;
  readonly title: string;
  readonly startsOn: string;
  readonly nights: number;
}

interface CreateReview {
  readonly authorId: string;
  readonly country: string;
  readonly rating: number;
  readonly text: string;
}

/** The resolvers of `Mutation`. Each checks all it was given before it changes anything. */
export function mutationResolvers(data: ExampleData) {
  return {
    createTrip: (_: unknown, { travellerId, country, title, startsOn, nights }: CreateTrip) => {
      requireRoom('trip', data.trips);
      const trip = {
        __typename: 'Trip' as const,
        title: requireText('title', title, 1, 200),
        travellerId: requireRecord('traveller', data.travellers, travellerId).id,
        countryCode: requireCountry(country).code,
        startsOn,
        nights: requireBetween('nights', nights, 1, 365),
      };
      return data.trips.add((identity) => ({ ...identity, ...trip }));
    },
    renameTrip: (_: unknown, { id, title }: { id: string; title: string }) => {
      requireRecord('trip', data.trips, id);
      return data.trips.change(id, { title: requireText('title', title, 1, 200) });
    },
    moveTrip: (_: unknown, { id, country }: { id: string; country: string }) => {
      requireRecord('trip', data.trips, id);
      return data.trips.change(id, { countryCode: requireCountry(country).code });
    },
    deleteTrip: (_: unknown, { id }: { id: string }) => {
      const trip = data.trips.get(id);
      if (trip) data.pins.get(trip.travellerId)?.delete(id);
      return data.trips.remove(id);
    },
    pinTrip: (_: unknown, args: { travellerId: string; tripId: string; pinned: boolean }) => {
      const traveller = requireRecord('traveller', data.travellers, args.travellerId);
      const trip = requireRecord('trip', data.trips, args.tripId);
      if (trip.travellerId !== traveller.id) throw badInput('This trip is not one of this traveller.');
      const pins = data.pins.get(traveller.id) ?? new Set();
      if (args.pinned) pins.add(trip.id);
      else pins.delete(trip.id);
      data.pins.set(traveller.id, pins);
      return args.pinned;
    },
    renameTraveller: (_: unknown, { id, name }: { id: string; name: string }) => {
      requireRecord('traveller', data.travellers, id);
      return data.travellers.change(id, { name: requireText('name', name, 1, 100) });
    },
    createReview: (_: unknown, { input }: { input: CreateReview }) => {
      requireRoom('review', data.reviews);
      const review = {
        __typename: 'Review' as const,
        authorId: requireRecord('traveller', data.travellers, input.authorId).id,
        countryCode: requireCountry(input.country).code,
        rating: requireBetween('rating', input.rating, 1, 5),
        text: requireText('text', input.text, 0, 1000),
        likes: 0,
      };
      return { review: data.reviews.add((identity) => ({ ...identity, ...review })) };
    },
    likeReview: (_: unknown, { id }: { id: string }) => {
      const { likes } = requireRecord('review', data.reviews, id);
      return data.reviews.change(id, { likes: likes + 1 });
    },
    recordVisit: (_: unknown, { country }: { country: string }) => {
      const { code } = requireCountry(country);
      data.visits.set(code, (data.visits.get(code) ?? 0) + 1);
      return null;
    },
    sendPostcard: (_: unknown, { tripId, text }: { tripId: string; text: string }) => {
      requireRecord('trip', data.trips, tripId);
      requireText('text', text, 1, 500);
      return null;
    },
  };
}
