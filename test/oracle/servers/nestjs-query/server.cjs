/** NestJS with nestjs-query over TypeORM: generated resolvers with filters, pages, aggregates, groupings, bulk changes. */
/* oxlint-disable typescript/no-extraneous-class -- what decorators make of these classes stands beside them */
require('reflect-metadata');
const { Module } = require('@nestjs/common');
const { NestFactory } = require('@nestjs/core');
const { ApolloDriver } = require('@nestjs/apollo');
const {
  Field,
  GraphQLISODateTime,
  GraphQLModule,
  ID,
  InputType,
  Int,
  ObjectType,
} = require('@nestjs/graphql');
const { TypeOrmModule } = require('@nestjs/typeorm');
const {
  Column,
  Entity,
  JoinTable,
  ManyToMany,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
} = require('typeorm');
const query = require('@ptc-org/nestjs-query-graphql');
const { NestjsQueryTypeOrmModule } = require('@ptc-org/nestjs-query-typeorm');

/** What `@decorator field: Type` compiles to, for a language without decorators. */
const field = (target, name, ...decorators) =>
  Reflect.decorate(decorators, target.prototype, name, undefined);
const type = (target, ...decorators) => Reflect.decorate(decorators, target);

class TaskEntity {}
class StepEntity {}
class TagEntity {}
field(TaskEntity, 'id', PrimaryGeneratedColumn());
field(TaskEntity, 'title', Column('text'));
field(TaskEntity, 'done', Column('boolean', { default: false }));
field(TaskEntity, 'priority', Column('int', { default: 0 }));
field(TaskEntity, 'due', Column('timestamptz', { nullable: true }));
field(
  TaskEntity,
  'steps',
  OneToMany(
    () => StepEntity,
    (step) => step.task,
  ),
);
field(
  TaskEntity,
  'tags',
  JoinTable({ name: 'task_tags' }),
  ManyToMany(
    () => TagEntity,
    (tag) => tag.tasks,
  ),
);
type(TaskEntity, Entity('task'));
field(StepEntity, 'id', PrimaryGeneratedColumn());
field(StepEntity, 'title', Column('text'));
field(StepEntity, 'done', Column('boolean', { default: false }));
field(StepEntity, 'taskId', Column('int', { nullable: true }));
field(
  StepEntity,
  'task',
  ManyToOne(
    () => TaskEntity,
    (task) => task.steps,
    { onDelete: 'CASCADE', nullable: true },
  ),
);
type(StepEntity, Entity('step'));
field(TagEntity, 'id', PrimaryGeneratedColumn());
field(TagEntity, 'name', Column('text', { unique: true }));
field(
  TagEntity,
  'tasks',
  ManyToMany(
    () => TaskEntity,
    (task) => task.tags,
  ),
);
type(TagEntity, Entity('tag'));

class Task {}
class Step {}
class Tag {}
const {
  FilterableField,
  FilterableOffsetConnection,
  FilterableRelation,
  FilterableUnPagedRelation,
  IDField,
} = query;
field(
  Task,
  'id',
  IDField(() => ID),
);
field(
  Task,
  'title',
  FilterableField(() => String),
);
field(
  Task,
  'done',
  FilterableField(() => Boolean),
);
field(
  Task,
  'priority',
  FilterableField(() => Int),
);
field(
  Task,
  'due',
  FilterableField(() => GraphQLISODateTime, { nullable: true }),
);
type(
  Task,
  FilterableUnPagedRelation('steps', () => Step, {
    update: { enabled: true },
    remove: { enabled: true },
    enableAggregate: true,
  }),
  FilterableOffsetConnection('tags', () => Tag, { update: { enabled: true }, remove: { enabled: true } }),
  ObjectType('Task'),
);
field(
  Step,
  'id',
  IDField(() => ID),
);
field(
  Step,
  'title',
  FilterableField(() => String),
);
field(
  Step,
  'done',
  FilterableField(() => Boolean),
);
field(
  Step,
  'taskId',
  FilterableField(() => ID, { nullable: true }),
);
type(
  Step,
  FilterableRelation('task', () => Task, { nullable: true, update: { enabled: true } }),
  ObjectType('Step'),
);
field(
  Tag,
  'id',
  IDField(() => ID),
);
field(
  Tag,
  'name',
  FilterableField(() => String),
);
type(
  Tag,
  FilterableUnPagedRelation('tasks', () => Task, { enableAggregate: true }),
  ObjectType('Tag'),
);

/** The input of a type: generated ones would hold the id as well. */
function input(name, fields) {
  const target = { [name]: class {} }[name];
  for (const [field_, [of, options]] of Object.entries(fields))
    field(
      target,
      field_,
      Field(() => of, options),
    );
  type(target, InputType(name));
  return target;
}
const OPTIONAL = { nullable: true };
const taskFields = (titled) => ({
  title: [String, titled],
  done: [Boolean, OPTIONAL],
  priority: [Int, OPTIONAL],
});
const stepFields = (titled) => ({
  title: [String, titled],
  done: [Boolean, OPTIONAL],
  taskId: [ID, OPTIONAL],
});

const resolver = (EntityClass, DTOClass, CreateDTOClass, UpdateDTOClass, more = {}) => ({
  EntityClass,
  DTOClass,
  CreateDTOClass,
  UpdateDTOClass,
  enableAggregate: true,
  enableTotalCount: true,
  ...more,
});

class App {}
type(
  App,
  Module({
    imports: [
      TypeOrmModule.forRoot({
        type: 'postgres',
        url: process.env.DATABASE_URL,
        entities: [TaskEntity, StepEntity, TagEntity],
        synchronize: true,
      }),
      GraphQLModule.forRoot({
        driver: ApolloDriver,
        autoSchemaFile: true,
        playground: false,
        introspection: true,
      }),
      query.NestjsQueryGraphQLModule.forFeature({
        imports: [NestjsQueryTypeOrmModule.forFeature([TaskEntity, StepEntity, TagEntity])],
        resolvers: [
          resolver(
            TaskEntity,
            Task,
            input('TaskCreate', taskFields({})),
            input('TaskUpdate', taskFields(OPTIONAL)),
            {
              pagingStrategy: query.PagingStrategies.CURSOR,
            },
          ),
          resolver(
            StepEntity,
            Step,
            input('StepCreate', stepFields({})),
            input('StepUpdate', stepFields(OPTIONAL)),
            {
              pagingStrategy: query.PagingStrategies.OFFSET,
            },
          ),
          resolver(
            TagEntity,
            Tag,
            input('TagCreate', { name: [String] }),
            input('TagUpdate', { name: [String] }),
            {
              pagingStrategy: query.PagingStrategies.NONE,
              enableTotalCount: false,
            },
          ),
        ],
      }),
    ],
  }),
);

const SEED = `
  insert into task(title, done, priority, due)
    select 'Task '||i||' '||chr(97+i%3), i%3 = 0, i%5, timestamptz '2026-01-01' + i * interval '1 day' from generate_series(1, 15) i;
  insert into step(title, done, "taskId") select 'Step '||i, i%2 = 0, 1+i%15 from generate_series(1, 30) i;
  insert into tag(name) select 'tag'||i from generate_series(1, 5) i;
  insert into task_tags select distinct 1+i%15, 1+i%5 from generate_series(1, 20) i;`;

async function main() {
  const app = await NestFactory.create(App, { logger: ['error'] });
  if (process.env.SEED) await app.get(require('typeorm').DataSource).query(SEED);
  await app.listen(Number(process.env.PORT), '127.0.0.1');
  process.stdout.write(`${JSON.stringify({ url: `${await app.getUrl()}/graphql` })}\n`);
}
main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
