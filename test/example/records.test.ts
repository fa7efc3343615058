import * as fc from 'fast-check';
import { Records, type Identified } from '../../src/example/records';

interface Row extends Identified {
  readonly place: string;
}

type Step = { readonly kind: 'add' | 'change' | 'remove'; readonly nth: number; readonly place: string };

const steps = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('add', 'change', 'remove'),
    nth: fc.integer({ min: 1, max: 12 }),
    place: fc.constantFrom('PT', 'ES', 'FR'),
  }),
  { maxLength: 60 },
);

it('agrees with a plain list after any steps, also through its index', () => {
  fc.assert(
    fc.property(steps, (steps) => {
      const records = new Records<Row>('row', ['place']);
      const model = new Map<string, Row>();
      let made = 0;
      for (const { kind, nth, place } of steps) {
        const id = `row-${nth}`;
        const before = model.get(id);
        if (kind === 'add') {
          records.add((identity) => ({ ...identity, place }));
          model.set(`row-${++made}`, { id: `row-${made}`, version: 1, place });
        } else if (kind === 'change') {
          const after = before && { ...before, place, version: before.version + 1 };
          if (after) model.set(id, after);
          expect(records.change(id, { place })).toEqual(after);
        } else {
          expect(records.remove(id)).toBe(model.delete(id));
        }
      }
      expect(records.all()).toEqual([...model.values()]);
      expect(records.size).toBe(model.size);
      for (const place of ['PT', 'ES', 'FR', 'IT']) {
        const found = records.where('place', place).map((row) => row.id);
        const wanted = [...model.values()].filter((row) => row.place === place).map((row) => row.id);
        expect(found.sort()).toEqual(wanted.sort());
      }
    }),
  );
});

it('never changes a record that somebody holds', () => {
  const records = new Records<Row>('row', []);
  const held = records.add((identity) => ({ ...identity, place: 'PT' }));
  records.change(held.id, { place: 'ES' });
  expect(held).toEqual({ id: 'row-1', version: 1, place: 'PT' });
});

it('refuses to be asked about a field without an index', () => {
  expect(() => new Records<Row>('row', []).where('place', 'PT')).toThrow('no index on place');
});
