import pino from 'pino';
import { RedisOutput } from '../../../src/redis/supervisor/redis-output';
import { cleanupAfterEach } from '../../kit/cleanup';
import { until } from '../../kit/until';
import { startMachine } from './machine';

const cleanup = cleanupAfterEach();

function listen() {
  const told: string[] = [];
  const write = (text: string): void => {
    const { level, msg } = JSON.parse(text) as { level: number; msg: string };
    told.push(`${level === 40 ? 'warn' : 'debug'} ${msg}`);
  };
  const output = new RedisOutput('redis', pino({ level: 'debug', base: null }, { write }), ['the-password']);
  const print = (mark: string, text: string): void =>
    output.line(`123:S 23 Nov 2025 04:34:34.123 ${mark} ${text}`);
  return { told, output, print };
}

describe('what a redis-server prints', () => {
  it('is told as a warning where Redis means one, once, and not before it is ready', () => {
    const { told, print } = listen();
    print('#', 'Configuration loaded');
    print('*', 'Ready to accept connections');
    print('*', 'Connecting to MASTER 10.0.0.1:6380');
    print('#', 'Error condition on socket for SYNC: No route to host');
    print('#', 'Error condition on socket for SYNC: No route to host');
    print('#', 'User requested shutdown...');
    expect(told).toEqual([
      'debug Configuration loaded',
      'debug Ready to accept connections',
      'debug Connecting to MASTER 10.0.0.1:6380',
      'warn Error condition on socket for SYNC: No route to host',
      'debug Error condition on socket for SYNC: No route to host',
      'debug User requested shutdown...',
    ]);
  });

  it('is no warning where it went as it should, or all is about to end', () => {
    const { told, output, print } = listen();
    print('*', 'Ready to accept connections');
    print('#', 'Diskless rdb transfer, done reading from pipe, 1 replicas still up.');
    output.ending();
    print('#', 'Connection with replica 127.0.0.1:6379 lost.');
    expect(told.filter((line) => line.startsWith('warn'))).toEqual([]);
  });

  it('is no warning of a primary that begins a moment later, and one where that lasts', () => {
    const { told, print } = listen();
    jest.useFakeTimers();
    cleanup.later(() => jest.useRealTimers());
    const refused = 'Error condition on socket for SYNC: Connection refused';
    print('*', 'Ready to accept connections');
    print('#', refused);
    jest.advanceTimersByTime(6000);
    print('#', refused);
    print('#', refused);
    expect(told.slice(1)).toEqual([`debug ${refused}`, `warn ${refused}`, `debug ${refused}`]);
  });

  it('holds no password, not even in the line it stumbled over', () => {
    const { told, output } = listen();
    output.line(">>> 'masterauth the-password'");
    expect(told).toEqual(["debug >>> 'masterauth ***'"]);
    expect(output.lastWords).toEqual([">>> 'masterauth ***'"]);
  });

  it('is in the log when it cannot start', async () => {
    const machine = cleanup.add(await startMachine({ maxMemory: -1 }));
    const line = await until('it has ended', () => machine.lines.find(({ lastWords }) => lastWords));
    expect(line.msg).toBe('redis ended by itself');
    expect(line.lastWords?.join('\n')).toContain('maxmemory -1');
  });
});
