/**
 * Names of what is added to a part of an operation, so that its answer can be put together with the others. They stay in
 * what is stored of a part, and no client is shown them: see `src/gateway/parts/README.md`. No client may use them (P35).
 */
export const PART_PREFIX = '__part_';

export const PART_TYPE = `${PART_PREFIX}type`;
