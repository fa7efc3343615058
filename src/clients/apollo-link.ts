import { TokenKeeper } from './token-keeper';

/** As much of Apollo Client's `ApolloLink.Operation` as is used here, so that nothing of it is needed to build or to run. */
interface Operation {
  getContext(): Record<string, any>; // as Apollo Client types it
  setContext(context: Record<string, unknown>): unknown;
}

interface Observer<T> {
  next?(value: T): void;
  error?(error: unknown): void;
  complete?(): void;
}

interface Answers<T> {
  subscribe(observer: Observer<T>): unknown;
}

/**
 * Lets a client of Apollo's read its own writes in every region: it remembers the newest `Lastmile-Token` and sends it
 * with every later request. Tested with Apollo Client 4.
 *
 *   const link = ApolloLink.from([new ApolloLink(lastmileLink()), new HttpLink({ uri })]);
 *
 * Make one for each client, and on a server one for each user.
 * @returns a request handler, for `new ApolloLink(...)`
 */
export function lastmileLink() {
  const keeper = new TokenKeeper();
  // `any`: R is the client's own Observable, whatever it holds.
  return <O extends Operation, R extends Answers<any>>(operation: O, forward: (operation: O) => R): R => {
    const { headers } = operation.getContext();
    const sent = keeper.headers;
    operation.setContext({ headers: { ...(headers as object), ...sent } });
    const answers = forward(operation);
    const learn = (): void =>
      keeper.learn((operation.getContext()['response'] as Response | undefined)?.headers, sent);
    const AnswersOfClient = answers.constructor as new (
      subscribe: (observer: Required<Observer<unknown>>) => unknown,
    ) => R;
    return new AnswersOfClient((observer) =>
      answers.subscribe({
        next: (value) => (learn(), observer.next(value)),
        error: (error) => (learn(), observer.error(error)),
        complete: () => observer.complete(),
      }),
    );
  };
}
