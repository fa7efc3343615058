import { runCommand } from '../kit/command';
import { runProcess } from '../kit/lastmile';

describe('lastmile serve', () => {
  it.each([
    [['--upstream', 'nowhere'], 'UPSTREAM_URL'],
    [['--redis', 'nowhere'], 'REDIS_URL'],
    [['--port', 'many'], 'PORT'],
    [['--default-max-age', 'soon'], 'DEFAULT_MAX_AGE'],
  ])('takes an option for its variable: %j', async (options, variable) => {
    const { status, errors } = await runCommand(['serve', ...options]);
    expect([status, errors]).toEqual([2, expect.stringContaining(variable)]);
  });

  it('puts an option before its variable', async () => {
    const { errors } = await runCommand(['serve', '--port', 'many'], { PORT: 'none' });
    expect(errors).toMatch(/"many" is not/);
  });

  it('refuses what is no option of it, and says where they stand', async () => {
    for (const args of [['--ports', '1'], ['now']]) {
      const { status, errors } = await runCommand(['serve', ...args]);
      expect([status, errors]).toEqual([2, expect.stringContaining('See lastmile serve --help')]);
    }
  });

  it('is meant by options alone', async () => {
    const { status, errors } = await runProcess(['--port', 'many']);
    expect([status, errors]).toEqual([2, expect.stringContaining('PORT')]);
  });
});
