import { findBinary, type Binary } from './debian-binary';

/** @throws Error that says what to install */
export function findRedis(): Promise<Binary> {
  return findBinary({
    name: 'redis-server',
    variable: 'REDIS_SERVER_BIN',
    path: 'usr/bin/redis-server',
    packages: ['redis-server', 'redis-tools', 'liblzf1', 'libjemalloc2'],
    libraries: {
      'libatomic.so.1': 'libatomic1',
      'libhiredis.so.0.14': 'libhiredis0.14',
      'libhiredis.so.1.1.0': 'libhiredis1.1.0',
      'libjemalloc.so.2': 'libjemalloc2',
      'liblua5.1-bitop.so.0': 'lua-bitop',
      'liblua5.1-cjson.so.0': 'lua-cjson',
      'liblua5.1.so.0': 'liblua5.1-0',
      'liblzf.so.1': 'liblzf1',
      'libssl.so.3': 'libssl3',
      'libsystemd.so.0': 'libsystemd0',
    },
    install: 'Redis 7.0.9 or newer (apt-get install redis-server, brew install redis)',
  });
}
