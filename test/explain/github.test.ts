import { performance } from 'node:perf_hooks';
import { explainOperation } from '../../src/explain/explain';
import { formatExplanation } from '../../src/explain/format-explanation';
import { compileOperation, type Knowledge } from '../../src/operation/operation';
import { readRules } from '../../src/policy/rules';
import { WIDE } from '../answer/harness';
import { median, percentile } from '../kit/statistics';
import { generateOperations } from '../policy/generate-operations';
import { github } from '../policy/github';

// The schema of GitHub takes seconds to build where other work goes on.
const SETTINGS = {
  serve: true,
  without: [],
  vary: [],
  forward: [],
  session: undefined,
  sessionHeader: undefined,
  sharesAmongSessions: false,
};

it('explains operations and every mutation over the schema of GitHub, each no with a reason and a field', () => {
  const schema = github();
  const knowledge: Knowledge = {
    schema,
    rules: readRules(schema, { defaultMaxAge: 0 }),
    configuration: 'github',
  };
  const times: number[] = [];
  const explained = (text: string) => {
    const operation = compileOperation(knowledge, WIDE, text, undefined);
    if ('errors' in operation) throw operation.errors[0]!;
    const began = performance.now();
    const explanation = explainOperation(knowledge, SETTINGS, operation, { variables: {}, isLogged: false });
    times.push(performance.now() - began);
    return explanation;
  };

  const reasons = new Map<string, number>();
  for (const text of generateOperations(schema, { seed: 3, count: 150, maxDepth: 5 })) {
    const explanation = explained(text);
    expect(formatExplanation(explanation)).toMatch(
      /^query Generated: (never kept: |kept (for all clients|for one session|for all without credentials))/,
    );
    for (const { reason, field } of explanation.obstacles) {
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      // Which field takes the default is not asked, and where there is none, none decides.
      if (reason === 'credentials') continue;
      if (field === undefined)
        // The query type itself is a Node here, and other Nodes in its place there are none.
        expect(text).toMatch(
          /^query Generated \{( __typename)+ \}$|__schema|__type\b|^query Generated \{ \.\.\. on Node/,
        );
      else expect(field).toMatch(/^[A-Z]\w*\.\w+/);
    }
    if (explanation.obstacles.every(({ when }) => when)) expect(explanation.key).toBeDefined();
  }
  console.log(
    `explaining takes ${median(times).toFixed(2)} ms at the median, ${percentile(times, 1).toFixed(0)} ms at the longest`,
    Object.fromEntries(reasons),
  );
  expect(reasons.get('no-policy')).toBeGreaterThan(50);
  expect(reasons.get('private')).toBeGreaterThan(0);

  let silent = 0;
  for (const field of Object.values(schema.getMutationType()!.getFields())) {
    const args = field.args.map(({ name, type }) => ({ name, type: String(type) }));
    const declared = args.map(({ name, type }) => `$${name}: ${type}`).join(', ');
    const given = args.map(({ name }) => `${name}: $${name}`).join(', ');
    const signature = args.length > 0 ? [`(${declared})`, `(${given})`] : ['', ''];
    const { purges } = explained(`mutation${signature[0]} { ${field.name}${signature[1]} { __typename } }`);
    if (purges!.silent.length > 0) silent++;
    else expect(purges!.entities.length + purges!.lists.length + purges!.types.length).toBeGreaterThan(0);
  }
  expect(silent).toBeGreaterThan(0);
});
