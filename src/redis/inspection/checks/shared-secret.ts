import { secretOfGateways } from '../../../config/secret-of-gateways';
import { ok, warning } from '../finding';
import type { Check } from '../scene';

export const SHARED_SECRET_CHECKS: readonly Check[] = [
  {
    id: 'shared-secret',
    title: 'can the primary region tell a mutation that this gateway sends on from anybody’s',
    needs: [],
    run: ({ options }) => {
      if (options.region.isPrimary) return [];
      if (secretOfGateways(options) !== undefined)
        return [ok('mutations sent on to the primary region are signed')];
      return [
        warning(
          'mutations sent on to the primary region are not signed: who writes here sees it only once the log has brought it',
          'Give the primary Redis a password, or set the same ADMIN_TOKEN in every region.',
        ),
      ];
    },
  },
];
