import fc from 'fast-check';

it('draws the same in every run, unless another seed is asked for', () => {
  const drawn = () => fc.sample(fc.nat(), 3);
  expect(drawn()).toEqual(drawn());
  expect(fc.readConfigureGlobal().seed).toBe(Number(process.env['PROPERTY_SEED'] ?? 1));
});
