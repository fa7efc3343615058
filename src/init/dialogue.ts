import type { Readable, Writable } from 'node:stream';
import type { Candidates } from './overlay';

/** Where questions are shown and answered. */
export interface Terminal {
  readonly input: Readable;
  readonly output: Writable;
}

/** What a person chose. */
export interface Choices {
  readonly chosen: readonly string[];
  readonly session: string | undefined;
  readonly wantsContainers: boolean;
}

/** Types offered; of more the overlay has the rest. */
const MOST_OFFERED = 30;

/** Asks for the URL of the API. @returns undefined when the person gives up */
export async function askUpstream(terminal: Terminal): Promise<string | undefined> {
  const { intro, text, isCancel } = await import('@clack/prompts');
  intro('Lastmile in front of your GraphQL API', terminal);
  const url = await text({
    message: 'Where is it?',
    placeholder: 'http://localhost:3000/graphql',
    validate: (value) =>
      URL.canParse(value ?? '') && /^https?:$/.test(new URL(value!).protocol)
        ? undefined
        : 'Give a URL that begins with http:// or https://.',
    ...terminal,
  });
  return isCancel(url) ? undefined : url;
}

/** Asks what is to be kept, and for whom. @returns undefined when the person gives up */
export async function askChoices(terminal: Terminal, { entities }: Candidates): Promise<Choices | undefined> {
  const { confirm, multiselect, select, isCancel } = await import('@clack/prompts');
  const chosen =
    entities.length === 0
      ? []
      : await multiselect({
          message:
            'Which of these may be kept for a minute, and shared by all who may see them? (space chooses)',
          options: entities.slice(0, MOST_OFFERED).map((value) => ({ value, label: value })),
          required: false,
          ...terminal,
        });
  if (isCancel(chosen)) return undefined;
  const session = await select({
    message: 'How do people sign in?',
    options: [
      { value: '', label: 'They do not, or I do not know yet' },
      { value: 'header:authorization', label: 'with an Authorization header' },
      { value: 'cookie:session', label: 'with a cookie', hint: 'put its name into .env' },
    ],
    ...terminal,
  });
  if (isCancel(session)) return undefined;
  const wantsContainers = await confirm({
    message: 'Write a Dockerfile, compose.yaml and fly.toml as well?',
    initialValue: false,
    ...terminal,
  });
  if (isCancel(wantsContainers)) return undefined;
  return { chosen, session: session === '' ? undefined : session, wantsContainers };
}

/** Says good-bye in the same style. @param next what to do now; undefined: nothing was done */
export async function endDialogue(
  { output }: Terminal,
  lines: readonly string[],
  next: string | undefined,
): Promise<void> {
  const { cancel, note, outro } = await import('@clack/prompts');
  if (next === undefined) return cancel(lines.join('\n'), { output });
  note(lines.join('\n'), 'Written', { output });
  outro(next, { output });
}
