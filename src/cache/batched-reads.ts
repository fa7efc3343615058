/** Questions that were asked in one turn of the event loop, and what will be their answers. */
interface Turn<Q, A> {
  readonly questions: Q[];
  readonly answers: Promise<readonly A[]>;
}

/**
 * Batches the reads of one turn of the event loop, so that under load several share the cost of sending a command
 * and receiving its reply. No read waits for others to arrive: the turn ends when everything that has arrived is
 * read.
 */
export class BatchedReads<Q, A> {
  #turn: Turn<Q, A> | undefined;

  /**
   * @param most questions that go as one
   * @param answer gives an answer to each, in their order
   */
  constructor(
    readonly most: number,
    readonly answer: (questions: readonly Q[]) => Promise<readonly A[]>,
  ) {}

  /** @throws what `answer` was rejected with */
  ask(question: Q): Promise<A> {
    const turn = (this.#turn ??= this.#begin());
    const place = turn.questions.push(question) - 1;
    if (turn.questions.length === this.most) this.#turn = undefined;
    return turn.answers.then((answers) => answers[place]!);
  }

  #begin(): Turn<Q, A> {
    const questions: Q[] = [];
    const answers = new Promise<readonly A[]>((resolve) => {
      setImmediate(() => {
        if (this.#turn?.questions === questions) this.#turn = undefined;
        resolve(this.answer(questions));
      });
    });
    return { questions, answers };
  }
}
