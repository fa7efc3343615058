import { figuresText } from '../../src/server/figures-text';

const PLAIN = `# HELP lastmile_answer_seconds How long: see "answers"
# TYPE lastmile_answer_seconds histogram
lastmile_answer_seconds_bucket{le="0.1",region="syd",outcome="hit"} 1
lastmile_answer_seconds_bucket{le="+Inf",region="syd",outcome="hit"} 2

# HELP lastmile_probes_total Questions
# TYPE lastmile_probes_total counter
lastmile_probes_total{region="syd"} 7
`;

function process(traceId: string, timestamp: number) {
  const exemplar = { labelSet: { trace_id: traceId }, value: 0.07, timestamp };
  const labels = { outcome: 'hit', le: '0.1' };
  return [{ name: 'lastmile_answer_seconds', values: [{ value: 1, labels, exemplar }] }] as never;
}

const OPEN = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3';

it('tells the latest exemplar of all processes to who takes OpenMetrics', () => {
  const { type, body } = figuresText(OPEN, PLAIN, [
    process('early', 1),
    process('late', 2.5),
    process('mid', 2),
  ]);
  expect(type).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
  expect(body).toBe(`# HELP lastmile_answer_seconds How long: see \\"answers\\"
# TYPE lastmile_answer_seconds histogram
lastmile_answer_seconds_bucket{le="0.1",region="syd",outcome="hit"} 1 # {trace_id="late"} 0.07 2.500
lastmile_answer_seconds_bucket{le="+Inf",region="syd",outcome="hit"} 2
# HELP lastmile_probes Questions
# TYPE lastmile_probes counter
lastmile_probes_total{region="syd"} 7
# EOF
`);
});

it.each<[string, string | undefined, never[]]>([
  ['asks for nothing', undefined, [process('a', 1)]],
  ['asks for plain text', 'text/plain;version=0.0.4', [process('a', 1)]],
  ['refuses OpenMetrics', 'application/openmetrics-text;q=0, text/plain', [process('a', 1)]],
  ['asks where nothing is traced', OPEN, [[] as never]],
])('gives plain text, unchanged, to who %s', (_, accept, all) => {
  const { type, body } = figuresText(accept, PLAIN, all);
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(body).toBe(PLAIN);
});
