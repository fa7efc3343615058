/** A step of the build: see `collectFiles`. */
import { collectFiles } from './files';

void collectFiles();
