import type { ProposedDirective } from '../policy/print-directives';
import type { CacheHint, Rules } from '../policy/rules';

/** The rules with some directives added. Existing ones stay unless they are replaced. */
export function withDirectives(rules: Rules, directives: readonly ProposedDirective[]): Rules {
  const hints = new Map<string, CacheHint>();
  for (const { coordinate, hint } of directives) hints.set(coordinate, { ...hints.get(coordinate), ...hint });
  const merged = (known: CacheHint | undefined, coordinate: string): CacheHint | undefined => {
    const more = hints.get(coordinate);
    return more ? { ...known, ...more } : known;
  };
  return {
    ...rules,
    typeHint: (type) => merged(rules.typeHint(type), type),
    fieldHint: (type, field) => merged(rules.fieldHint(type, field), `${type}.${field}`),
  };
}
