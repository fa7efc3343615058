import type { HeadersName, Values, VariableName } from './variables';

/** How a setting may be written in a file: as in the environment, or as what it is. */
type Written<Value> = Value extends boolean
  ? boolean
  : Value extends number
    ? number | string
    : Value extends readonly unknown[]
      ? string | readonly string[]
      : Value extends string
        ? Value
        : string;

/**
 * The settings of a gateway, each by the name of its environment variable: what is a list may be one, a size may be bytes, and
 * headers an object.
 */
export type Settings = {
  readonly [Name in Exclude<VariableName, HeadersName>]?: Written<NonNullable<Values[Name]>>;
} & { readonly [Name in HeadersName]?: string | Readonly<Record<string, string>> };

/**
 * For a file that `--config` names: gives its settings their types, and changes nothing.
 *
 *   // lastmile.config.ts
 *   import { defineConfig } from 'lastmile-gateway';
 *   export default defineConfig({ UPSTREAM_URL: 'http://localhost:3000/graphql', SCHEMA: ['cache.graphql'] });
 */
export function defineConfig(settings: Settings): Settings {
  return settings;
}
