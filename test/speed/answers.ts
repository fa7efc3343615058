const TITLE = 'x'.repeat(60);

/** What the upstream of `hostile.ts` answers: as much as it is asked for. */
export function answerTo(query: string): string {
  const [, field = 'items', count = '0'] = /\b(items|live|sort)\(n: ?(\d+)/.exec(query) ?? [];
  const as = /as: ?"(\w+)"/.exec(query)?.[1];
  if (count === '0') return '{"data":{"item":null,"echo":null}}';
  const n = Number(count);
  const added = query.includes('__lm_');
  const one = (index: number, more = ''): string =>
    `{"title":"${TITLE}"${more}${added ? `,"__lm_type":"Item","__lm_key_4_Item_id":"${index}"` : ''}}`;
  const items = (length: number, from = 0): string =>
    `[${Array.from({ length }, (_, index) => one(from + index)).join(',')}]`;
  const bytes = n * 100;
  const json = (value: string): string => `{"data":{"${field}":[${one(1, `,"json":${value}`)}]}}`;
  switch (as) {
    case 'tree':
      return `{"data":{"${field}":[${Array.from({ length: n / 20 }, (_, index) => one(index, `,"items":${items(19, index * 20)}`)).join(',')}]}}`;
    case 'errors':
      return `{"data":{"${field}":[]},"errors":[${Array.from({ length: n }, (_, index) => `{"message":"${TITLE}","path":["${field}",${index}]}`).join(',')}]}`;
    case 'extensions':
      return `{"data":{"${field}":[]},"extensions":{"cost":${items(n)}}}`;
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
      return `{"data":{"${field}":${items(n)}}}`;
  }
}
