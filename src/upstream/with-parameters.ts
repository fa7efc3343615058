/** A URL, or what of it follows the host, with further parameters behind its own. @param parameters as in a URL, without `?` */
export function withParameters(url: string, parameters: string): string {
  if (parameters === '') return url;
  const [address = '', fragment] = url.split('#');
  const extended = `${address}${address.includes('?') ? '&' : '?'}${parameters}`;
  return fragment === undefined ? extended : `${extended}#${fragment}`;
}
