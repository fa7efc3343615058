/** A name of operations, in which `*` stands for any letters, or for none: `Checkout*`. GraphQL 2.1.9 says what a name is. */
const PATTERN = /^[A-Za-z_*][\w*]{0,99}$/;

export function isOperationPattern(text: string): boolean {
  return PATTERN.test(text);
}

/** @param name of an operation; one without a name is met by `*` alone */
export function isNamedBy(patterns: readonly string[], name = ''): boolean {
  return patterns.some((pattern) => meets(pattern, name));
}

/** By its pieces, one after another: no pattern, however many stars it has, takes long. */
function meets(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return name === pattern;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return name.length - at >= last.length && name.endsWith(last);
}
