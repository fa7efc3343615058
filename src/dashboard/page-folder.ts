import { join } from 'node:path';

/** Where the files of the page lie, in the sources and in what is built of them. */
export const PAGE_FOLDER = join(__dirname, 'page');
