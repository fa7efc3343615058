import { findBinary, type Binary } from './debian-binary';

/** What a bare system lacks of the libraries that it is linked with. */
const LIBRARIES = `
  libasound2 libasyncns0 libatk-bridge2.0-0 libatk1.0-0 libatspi2.0-0 libavahi-client3 libavahi-common3
  libblkid1 libbrotli1 libbsd0 libcairo2 libcups2 libdatrie1 libdav1d6 libdouble-conversion3 libdrm2
  libffi8 libflac12 libfontconfig1 libfreetype6 libfribidi0 libgbm1 libgcrypt20 libglib2.0-0 libgmp10
  libgnutls30 libgraphite2-3 libgssapi-krb5-2 libharfbuzz-subset0 libharfbuzz0b libhogweed6 libidn2-0
  libjpeg62-turbo libk5crypto3 libkrb5-3 libkrb5support0 liblcms2-2 liblz4-1 libmd0 libminizip1 libmount1
  libmp3lame0 libmpg123-0 libnettle8 libnspr4 libnss3 libogg0 libopenh264-7 libopenjp2-7 libopus0
  libp11-kit0 libpango-1.0-0 libpcre2-8-0 libpixman-1-0 libpng16-16 libpulse0 libsndfile1 libsystemd0
  libtasn1-6 libthai0 libudev1 libunistring2 libvorbis0a libvorbisenc2 libwayland-server0 libx11-6
  libx11-xcb1 libxau6 libxcb-render0 libxcb-shm0 libxcb1 libxcomposite1 libxdamage1 libxdmcp6 libxext6
  libxfixes3 libxi6 libxkbcommon0 libxnvctrl0 libxrandr2 libxrender1 libzstd1
`;

/** @throws Error that says what to install */
export function chromiumBinary(): Promise<Binary> {
  return findBinary({
    name: 'chromium',
    variable: 'CHROMIUM_BIN',
    // What lies in usr/bin is a script, which looks for this one where a system has it.
    path: 'usr/lib/chromium/chromium',
    packages: ['chromium', 'chromium-common', ...LIBRARIES.trim().split(/\s+/)],
    libraries: {},
    install: 'Chromium (apt-get install chromium, brew install chromium)',
  });
}
