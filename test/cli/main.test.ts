import { runProcess } from '../kit/lastmile';

it('names the command that was probably meant', async () => {
  const { status, output, errors } = await runProcess(['chekc']);
  expect([status, output]).toEqual([2, '']);
  expect(errors).toBe('lastmile: There is no command "chekc". Did you mean check?\nSee lastmile --help.\n');
});
