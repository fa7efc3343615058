const TITLE = 'x'.repeat(60);

/** A root field of `hostile.ts` with a number of items, under whatever alias, and how they are shaped. */
const ROOT = /(?:(\w+): )?\b(items|live|sort)\(n: ?(\d+)(?:, as: ?"(\w+)")?\)/g;

/** What the upstream of `hostile.ts` answers: as much as it is asked for. */
export function answerTo(query: string): string {
  const nulls = [...query.matchAll(/\b(\w+): (?:tagged|touch|deleteItems)\(/g)].map(
    ([, alias]) => `"${alias}":null`,
  );
  if (nulls.length > 0) return `{"data":{${nulls.join(',')}}}`;
  const roots = [...query.matchAll(ROOT)];
  if (roots.length === 0) return '{"data":{"item":null,"echo":null}}';
  const texts = roots.map(([, alias, field = 'items', count, as], at) => {
    // What is asked for below this root field.
    const below = query.slice(roots[at]!.index, roots[at + 1]?.index);
    return textOf(alias ?? field, as, Number(count), below);
  });
  // What is beside `data` is of the whole answer, of one root field.
  return texts.length === 1
    ? `{${texts[0]}}`
    : `{"data":{${texts.map((text) => text.slice(8, -1)).join(',')}}}`;
}

/** What makes the members of an object that is asked for these fields. */
function membersOf(fields: string, title = TITLE): (index: number, more?: string) => string {
  const made = [
    [/\b__lm_type\b/, () => '"__lm_type":"Item"'],
    [/\b__lm_key_4_Item_id\b/, (index: number) => `"__lm_key_4_Item_id":"${index}"`],
    [/\b__part_2_id_ID\b/, (index: number) => `"__part_2_id_ID":"${index}"`],
  ] as const;
  const titles = [...fields.matchAll(/(?:(\w+): )?\btitle\b/g)].map(
    ([, alias = 'title']) =>
      () =>
        `"${alias}":"${title}"`,
  );
  const asked = made.flatMap(([pattern, make]) => (pattern.test(fields) ? [make] : []));
  return (index, more) =>
    `{${[...[...titles, ...asked].map((make) => make(index)), ...(more ? [more] : [])].join(',')}}`;
}

/** Members of an answer: `"data":{...}` for one root field, and for some shapes what is beside it. */
function textOf(name: string, as: string | undefined, n: number, below: string): string {
  const inner = /\bitems \{([^}]*)\}/.exec(below);
  const one = membersOf(inner ? below.replace(inner[0], '') : below, as === 'short' ? 'x' : TITLE);
  const list = (make: (index: number) => string, length: number): string =>
    `[${Array.from({ length }, (_, index) => make(index)).join(',')}]`;
  const items = (length: number): string => list(one, length);
  const bytes = n * 100;
  const json = (value: string): string =>
    `"data":{"${name}":[${one(1, /\bjson\b/.test(below) ? `"json":${value}` : '')}]}`;
  switch (as) {
    case 'tree': {
      const innermost = membersOf(inner?.[1] ?? '');
      const shelf = (index: number): string =>
        one(index, inner ? `"items":${list((at) => innermost(index * 20 + at), 19)}` : '');
      return `"data":{"${name}":${list(shelf, n / 20)}}`;
    }
    case 'short':
      return `"data":{"${name}":${items(n * 3)}}`;
    case 'errors':
      return `"data":{"${name}":[]},"errors":[${Array.from({ length: n }, (_, index) => `{"message":"${TITLE}","path":["${name}",${index}]}`).join(',')}]`;
    case 'extensions':
      return `"data":{"${name}":[]},"extensions":{"cost":${items(n)}}`;
    case 'string':
      return json(`"${'x'.repeat(bytes)}"`);
    case 'letters':
      return json(`"${'é'.repeat(bytes / 2)}"`);
    case 'brackets':
      return json(`[${Array.from({ length: bytes / 3 }, () => '[]').join(',')}]`);
    case 'numbers':
      return json(`[${Array.from({ length: bytes / 2 }, () => '1').join(',')}]`);
    case 'lines':
      return json(`[${Array.from({ length: bytes / 20 }, () => '\n                 1').join(',')}]`);
    default:
      return `"data":{"${name}":${items(n)}}`;
  }
}
