import { findBinary, type Binary } from './debian-binary';

/** @throws Error that says what to install */
export function findNginx(): Promise<Binary> {
  return findBinary({
    name: 'nginx',
    variable: 'NGINX_BIN',
    path: 'usr/sbin/nginx',
    packages: ['nginx'],
    libraries: {
      'libcrypt.so.1': 'libcrypt1',
      'libcrypto.so.3': 'libssl3',
      'libpcre2-8.so.0': 'libpcre2-8-0',
      'libssl.so.3': 'libssl3',
      'libz.so.1': 'zlib1g',
    },
    install: 'nginx (apt-get install nginx, brew install nginx)',
  });
}
