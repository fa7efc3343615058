import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBinary, type Binary } from './debian-binary';

/** What a bare system lacks of the libraries that it is linked with. */
const LIBRARIES = `
  libasound2 libasyncns0 libatk-bridge2.0-0 libatk1.0-0 libatspi2.0-0 libavahi-client3 libavahi-common3
  libblkid1 libbrotli1 libbsd0 libcairo2 libcap2 libcom-err2 libcups2 libdbus-1-3 libexpat1 libkeyutils1 libdatrie1 libdav1d6 libdouble-conversion3 libdrm2
  libffi8 libflac12 libfontconfig1 libfreetype6 libfribidi0 libgbm1 libgcrypt20 libglib2.0-0 libgmp10
  libgnutls30 libgraphite2-3 libgssapi-krb5-2 libharfbuzz-subset0 libharfbuzz0b libhogweed6 libidn2-0
  libjpeg62-turbo libk5crypto3 libkrb5-3 libkrb5support0 liblcms2-2 liblz4-1 libmd0 libminizip1 libmount1
  libmp3lame0 libmpg123-0 libnettle8 libnspr4 libnss3 libogg0 libopenh264-7 libopenjp2-7 libopus0
  libp11-kit0 libpango-1.0-0 libpcre2-8-0 libpixman-1-0 libpng16-16 libpulse0 libsndfile1 libsystemd0
  libtasn1-6 libthai0 libudev1 libunistring2 libvorbis0a libvorbisenc2 libwayland-server0 libx11-6
  libx11-xcb1 libxau6 libxcb-render0 libxcb-shm0 libxcb1 libxcomposite1 libxdamage1 libxdmcp6 libxext6
  libxfixes3 libxi6 libxkbcommon0 libxnvctrl0 libxrandr2 libxrender1 libzstd1
`;

// What lies in usr/bin is a script, which looks for this one where a system has it.
const PATH = 'usr/lib/chromium/chromium';

/** @throws Error that says what to install */
export async function chromiumBinary(): Promise<Binary> {
  const binary = await findBinary({
    name: 'chromium',
    variable: 'CHROMIUM_BIN',
    path: PATH,
    packages: ['chromium', 'chromium-common', 'fonts-dejavu-core', ...LIBRARIES.trim().split(/\s+/)],
    libraries: {},
    install: 'Chromium (apt-get install chromium, brew install chromium)',
  });
  return Object.keys(binary.env).length > 0 ? withFonts(binary) : binary;
}

/** Chromium ends where there is no font at all, and a system that lacks it may lack all. */
async function withFonts({ path, env }: Binary): Promise<Binary> {
  const root = path.slice(0, -PATH.length);
  const file = join(root, 'fonts.conf');
  const folders = [join(root, 'usr/share/fonts'), '/usr/share/fonts'];
  await writeFile(
    file,
    `<?xml version="1.0"?><fontconfig>${folders.map((folder) => `<dir>${folder}</dir>`).join('')}<cachedir>${join(root, 'fonts-cache')}</cachedir></fontconfig>`,
  );
  return { path, env: { ...env, FONTCONFIG_FILE: file } };
}
