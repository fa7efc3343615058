import { Kind, parse, print } from 'graphql';
import type { OperationLimits } from './limits';
import { compileOperation, type Knowledge, type Operation } from './operation';
import { hashOf } from './persisted-documents';

/** A text that upstream is sent. */
export interface UpstreamDocument {
  /** SHA-256 of its UTF-8, in lower-case hex */
  readonly hash: string;
  readonly text: string;
  readonly kind: Operation['kind'];
  /** of its operation, where that has one */
  readonly name: string | undefined;
}

/** What upstream is sent for known documents, and which of them this gateway refuses. */
export interface UpstreamDocuments {
  readonly documents: readonly UpstreamDocument[];
  /** documents whose operations upstream is asked more than their clients want to know */
  readonly added: number;
  readonly refused: readonly { readonly id: string; readonly problem: string }[];
}

/**
 * The texts that upstream is sent for documents, for an upstream that takes known ones only: each with what is added to it
 * to keep its answers or to purge by them, and each as it is, for where that does not do.
 * @param texts by what their clients call them
 */
export function upstreamDocuments(
  knowledge: Knowledge,
  limits: OperationLimits,
  texts: ReadonlyMap<string, string>,
): UpstreamDocuments {
  const documents = new Map<string, UpstreamDocument>();
  const refused: { id: string; problem: string }[] = [];
  let added = 0;
  for (const [id, text] of texts) {
    for (const name of operationNames(text)) {
      const operation = compileOperation(knowledge, limits, text, name);
      if ('errors' in operation) {
        refused.push({ id, problem: operation.errors[0]?.message ?? 'It is no document.' });
        continue;
      }
      const { question, document, kind } = operation;
      const sent = [operation.text ?? print(document)];
      if (question.document !== document) {
        added++;
        sent.push(print(question.document));
      }
      for (const one of sent) {
        const hash = hashOf(one);
        documents.set(hash, { hash, text: one, kind, name: operation.name });
      }
    }
  }
  return { documents: [...documents.values()], added, refused };
}

/** @returns one undefined where there is one operation, or what is wrong is for others to say */
function operationNames(text: string): readonly (string | undefined)[] {
  try {
    const names = parse(text, { noLocation: true }).definitions.flatMap((one) =>
      one.kind === Kind.OPERATION_DEFINITION ? [one.name?.value] : [],
    );
    return names.length > 1 ? names : [undefined];
  } catch {
    return [undefined];
  }
}
