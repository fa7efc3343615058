import { findBinary, type Binary } from './debian-binary';

/** What checks rules of Prometheus, and runs them on series. @throws Error that says what to install */
export function findPromtool(): Promise<Binary> {
  return findBinary({
    name: 'promtool',
    variable: 'PROMTOOL_BIN',
    path: 'usr/bin/promtool',
    packages: ['prometheus'],
    libraries: {},
    install: 'prometheus (apt-get install prometheus, brew install prometheus)',
  });
}
