import { explainFault } from '../../capture/faults';
import { surveyDatabase } from '../../capture/survey';
import { error, ok, warning, type DoctorCheck, type Observation } from '../check';

const MIB = 2 ** 20;
/** Bytes of its log that a database keeps for the slot, beyond which an operator should look. */
const MUCH_HELD = 1024 * MIB;

export const DATABASE_CHECKS: readonly DoctorCheck[] = [
  {
    id: 'database',
    title: 'can the log of the database be read, and is its disk safe from that',
    needs: [],
    run: async ({ options: { capture } }) => {
      const { url } = capture ?? {};
      if (!capture || url === undefined) return [];
      try {
        return findings(await surveyDatabase({ ...capture, url }), capture);
      } catch (cause) {
        const { what, remedy } = explainFault(cause);
        return [error(`the database of CAPTURE_URL ${what}`, remedy)];
      }
    },
  },
];

function findings(
  { present, slot, heldBytes, mostHeld, awaitsAll, mayReplicate }: Awaited<ReturnType<typeof surveyDatabase>>,
  { slot: name, publication }: { readonly slot: string; readonly publication: string },
): Observation[] {
  const held =
    heldBytes === undefined ? '' : `, for which ${Math.round(heldBytes / MIB)} MiB of its log are held`;
  return [
    mayReplicate
      ? ok('the role of CAPTURE_URL may read the log of the database')
      : error(
          'the role of CAPTURE_URL may not read the log of the database',
          'Have its owner run: ALTER ROLE <role> REPLICATION; on RDS: GRANT rds_replication TO <role>.',
        ),
    present.includes(publication)
      ? ok(`the database has the publication ${publication}`)
      : error(
          `the database has no publication ${publication}`,
          'Run `lastmile check`, which prints the SQL for the owner of the tables.',
        ),
    slotFinding(name, slot, held, heldBytes),
    mostHeld === undefined
      ? warning(
          'for a slot that nothing reads, the database keeps its log until its disk is full',
          'Set max_slot_wal_keep_size, for example to 10GB: a slot that is given up costs hits, once.',
        )
      : ok(`the database holds at most ${mostHeld} of its log for a slot`),
    ...(awaitsAll
      ? [
          error(
            'every commit waits until the log has been read, because synchronous_standby_names has *',
            'Name the standbys that it should wait for instead: lastmile-capture is no standby.',
          ),
        ]
      : []),
  ];
}

function slotFinding(
  name: string,
  slot: Awaited<ReturnType<typeof surveyDatabase>>['slot'],
  held: string,
  heldBytes = 0,
): Observation {
  if (!slot)
    return warning(
      `the database has no slot ${name} yet`,
      'Start a gateway of the primary region, or `lastmile capture`: it makes one.',
    );
  if (slot.isLost)
    return warning(
      `the slot ${name} was lost`,
      'Nothing: the process that captures makes it again, and purges everything once.',
    );
  if (slot.activePid === undefined)
    return warning(
      `nothing reads the slot ${name}${held}`,
      `Start a gateway of the primary region, or \`lastmile capture\`; or drop it: SELECT pg_drop_replication_slot('${name}');`,
    );
  const what = `the slot ${name} is read${held}`;
  return heldBytes > MUCH_HELD
    ? warning(
        what,
        'See the log of the process that captures, and pg_stat_activity for a transaction that is open for long.',
      )
    : ok(what);
}
