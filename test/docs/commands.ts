import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pages, ROOT } from './pages';

/** A command of a page, as it is written there, without the prompt and without a remark after it. */
export interface PageCommand {
  readonly page: string;
  readonly text: string;
}

const BEGINNING =
  /^(?:[A-Z_]+=(?:\$\([^)]*\)|\S+) )*(?:(?:npm|npx|lastmile|node|fly|docker|curl|for|rm|echo|ask|open|openssl|apt-get|\.ci\/run) |ask\(\))/;

/** Commands in blocks of a shell, fenced or indented, and whole ones in the text: what has an argument, not the mere name of one. */
export function commandsOf(page: string): PageCommand[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  const blocks = [...text.matchAll(/^ *```(?:sh|bash|console)?\n([^]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block.split('\n'),
  );
  const prose = text.replace(/^ *```[^]*?^ *```/gm, '');
  const inline = [...prose.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code.replaceAll('\n', ' '));
  // In a list, what continues an item is indented too: that begins with no command.
  const indented = [...prose.matchAll(/^ {4}(\S.*(?:\\\n.*)*)/gm)].map(([, line = '']) =>
    line.replace(/\s*\\\n\s*/g, ' ').replace(/ {2,}.*$/, ''),
  );
  const lines = [
    ...blocks.map((line) =>
      line
        .trim()
        .replace(/^\$ /, '')
        .replace(/ +# .*$/, ''),
    ),
    ...inline,
    ...indented,
  ];
  return [...new Set(lines)]
    .filter((line) => BEGINNING.test(line) && / /.test(line))
    .map((line) => ({ page, text: line.trim() }));
}

export function allCommands(): PageCommand[] {
  return pages()
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap(commandsOf);
}

/** Which test runs commands of a kind, or why none does. */
export interface CommandKind {
  readonly kind: RegExp;
  /** a file, or a folder whose tests run it */
  readonly runBy?: string;
  readonly notRunnable?: string;
}

export const KINDS: readonly CommandKind[] = [
  { kind: /^npm ci\b|^npm test$|^\.ci\/run|^npm run (?:typecheck|lint|format)/, runBy: '.ci/run' },
  { kind: /^npm test -- -t/, runBy: 'test/docs/promises.test.ts' },
  { kind: /^npm (?:pack|install \/path)/, runBy: 'test/deploy/package.test.ts' },
  { kind: /^(?:npx )?lastmile init\b/, runBy: 'test/init/init.test.ts' },
  { kind: /^(?:npx )?lastmile check\b/, runBy: 'test/cli/check.test.ts' },
  { kind: /^npx lastmile(?: --|$)/, runBy: 'test/deploy/package.test.ts' },
  { kind: /^lastmile serve\b/, runBy: 'test/cli/serve.test.ts' },
  { kind: /^lastmile capture\b/, runBy: 'test/cli/capture.test.ts' },
  { kind: /^lastmile explain\b/, runBy: 'test/docs/demo.test.ts' },
  { kind: /^lastmile docs\b/, runBy: 'test/cli/docs.test.ts' },
  { kind: /^lastmile documents\b/, runBy: 'test/gateway/known-documents.test.ts' },
  { kind: /^lastmile suggest\b/, runBy: 'test/cli/suggest.test.ts' },
  { kind: /^lastmile cache\b/, runBy: 'test/regions/cache-switch.test.ts' },
  { kind: /^lastmile purge\b/, runBy: 'test/regions/purge-command.test.ts' },
  { kind: /^lastmile (?:top|tail)\b/, runBy: 'test/cli/look.test.ts' },
  { kind: /^lastmile doctor\b/, runBy: 'test/doctor/command.test.ts' },
  { kind: /^(?:[A-Z_]+=\S+ )*lastmile redis\b/, runBy: 'test/redis' },
  { kind: /^ask[ (]/, runBy: 'test/docs/demo.test.ts' },
  { kind: /^for i in 1 2; do curl|^echo 'extend/, runBy: 'test/deploy/recipes.test.ts' },
  { kind: /^curl -s localhost:4001\/purge /, runBy: 'test/docs/demo.test.ts' },
  { kind: /^npm run world\b/, runBy: 'test/world/world.test.ts' },
  { kind: /^npm run oracle\b/, runBy: 'test/oracle/oracle.test.ts' },
  { kind: /^npm run bench\b/, runBy: 'test/bench/options.test.ts' },
  { kind: /^npm run build\b|^npm start\b/, runBy: '.ci/run' },
  { kind: /npx jest test\//, runBy: '.ci/run' },
  {
    kind: /npx jest --testMatch|^node --expose-gc|^node --cpu-prof|node --require \.\/test\/kit/,
    notRunnable: 'a measurement: it takes minutes, and its figures stand beside it',
  },
  { kind: /^npx -p node@/, notRunnable: 'fetches another Node' },
  { kind: /^open http/, notRunnable: 'opens a browser' },
  { kind: /^openssl rand|^apt-get /, notRunnable: 'a program of the system' },
  { kind: /^fly |^rm schema/, notRunnable: 'needs an account at Fly' },
  { kind: /docker /, notRunnable: 'needs a Docker engine: test/deploy reads the files it is given' },
];
