import type { FlyConfig, RegionConfig } from './config';
import type { Values } from './variables';

/** Where this gateway runs and where mutations run, with what Fly says of it. */
export function regionOf(values: Values): RegionConfig {
  const name = values.REGION ?? values.FLY_REGION ?? 'local';
  const primary = values.PRIMARY_REGION ?? name;
  return {
    name,
    primary,
    isPrimary: name === primary,
    primaryUrl: values.PRIMARY_URL,
    mutations: values.MUTATIONS ?? (flyOf(values) ? 'fly-replay' : 'forward'),
  };
}

/** Undefined away from Fly. */
export function flyOf(values: Values): FlyConfig | undefined {
  const { FLY_REGION: region, FLY_APP_NAME: app, FLY_MACHINE_ID: machine } = values;
  return region === undefined && app === undefined && machine === undefined
    ? undefined
    : { region, app, machine };
}
