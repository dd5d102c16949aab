import { engineOptions, type Setting, type Settings, wantedText } from '@millrace/core';
import { registry, type StageEntry } from '@millrace/stages';
import { FUNCTION } from './checking.js';
import { MODEL_CONFIG, MODEL_OPTIONS } from './model-fields.js';

type Schema = Readonly<Record<string, unknown>>;

const PARAM = { type: 'string', pattern: '^\\$\\{params\\.[A-Za-z0-9_-]+\\}$', description: 'A parameter.' };

/** The JSON Schema of pipeline files, made from what the stages say of themselves. */
export const pipelineSchema = (): Schema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://millrace.dev/schema.json',
  title: 'A Millrace pipeline',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    include: said('Other files of this pipeline.', oneOrMany({ type: 'string' })),
    params: said('Values that --set can change.', { type: 'object' }),
    stages: said('The stages by name.', { type: 'object', additionalProperties: { $ref: '#/definitions/stage' } }),
    outputs: said('Which stages are wanted. Default: all.', outputs),
    pipelines: said('Several sets of outputs, chosen by --pipeline.', {
      type: 'object',
      additionalProperties: outputs,
    }),
    store: said('Where outputs are remembered.', { type: 'string' }),
  },
  definitions: {
    param: PARAM,
    stage: { anyOf: registry.map(stageSchema) },
    model: modelSchema(),
  },
});

const said = (description: string, schema: Schema): Schema => ({ description, ...schema });
const oneOrMany = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'array', items: schema }] });
const outputs: Schema = {
  anyOf: [
    { type: 'array', items: { type: 'string' } },
    { type: 'object', additionalProperties: { type: 'string' } },
  ],
};

function stageSchema(entry: StageEntry): Schema {
  const key = entry.name;
  const own = 'input' in entry.own ? entry.own.input : entry.own.field;
  const config = Object.entries(entry.config).filter(([name]) => 'input' in entry.own || name !== own);
  const roles = Object.entries(entry.inputs).filter(([name]) => 'field' in entry.own || name !== own);
  const needed = config.filter(([, field]) => field.required).map(([name]) => name);
  const fn = needed.find((name) => entry.config[name]?.is === 'function');
  const required = needed.filter((name) => name !== fn);
  return {
    title: key,
    description: entry.describe,
    type: 'object',
    additionalProperties: false,
    properties: {
      [key]: ownSchema(entry, own),
      ...Object.fromEntries(roles.map(([name, role]) => [name, inputSchema(role)])),
      ...Object.fromEntries(config.map(([name, field]) => [name, fieldSchema(field)])),
      ...(fn !== undefined && {
        with: { anyOf: [FUNCTION_SCHEMA, entry.config['with'] ? fieldSchema(entry.config['with']) : {}] },
      }),
      matrix: said('Settings with several values; each combination is a stage.', { type: 'object' }),
      options: said('Change only how it is got: in no key.', objectSchema({ ...engineOptions, ...entry.options })),
    },
    required: [key],
    ...(required.length && { anyOf: [{ required }, { required: ['matrix'] }] }),
  };
}

const ownSchema = (entry: StageEntry, own: string): Schema =>
  'input' in entry.own
    ? inputSchema(entry.inputs[own] ?? { is: 'any', describe: '' })
    : fieldSchema(entry.config[own] as Setting);

const inputSchema = ({ is, describe }: StageEntry['inputs'][string]): Schema =>
  said(describe, INPUTS[is] ?? { type: 'string' });

const INPUTS: Partial<Record<StageEntry['inputs'][string]['is'], Schema>> = {
  tables: oneOrMany({ type: 'string' }),
  named: { type: 'object', additionalProperties: { type: 'string' } },
};

const FUNCTION_SCHEMA: Schema = { type: 'string', pattern: FUNCTION.source, description: 'A function of a module.' };

function fieldSchema(field: Setting): Schema {
  const schema = bare(field);
  const usual = field.default === undefined ? {} : { default: field.default };
  const description = [field.describe, field.is === 'any' || field.is === 'text' ? '' : `Expects ${wantedText(field)}.`]
    .filter(Boolean)
    .join(' ');
  const open = schema['type'] === 'string' && !schema['enum'] && !schema['pattern'];
  if (Object.keys(schema).length === 0 || open) return { description, ...usual, ...schema };
  return { description, ...usual, anyOf: [schema, { $ref: '#/definitions/param' }] };
}

function bare(field: Setting): Schema {
  switch (field.is) {
    case 'name':
      return { type: 'string', minLength: 1 };
    case 'text':
      return field.oneOf ? { enum: field.oneOf } : { type: 'string' };
    case 'columns':
      return oneOrMany({ type: 'string' });
    case 'share':
      return {
        anyOf: [
          { type: 'integer', minimum: 0 },
          { type: 'string', pattern: '^(100|[0-9]{1,2}(\\.[0-9]+)?)%$' },
        ],
      };
    case 'column':
    case 'new column':
    case 'path':
      return { type: 'string' };
    case 'number':
    case 'int':
      return {
        type: field.is === 'int' ? 'integer' : 'number',
        ...(field.min !== undefined && { minimum: field.min }),
        ...(field.above !== undefined && { exclusiveMinimum: field.above }),
        ...(field.max !== undefined && { maximum: field.max }),
      };
    case 'flag':
      return { type: 'boolean' };
    case 'function':
      return FUNCTION_SCHEMA;
    case 'model':
      return { $ref: '#/definitions/model' };
    case 'secret':
      return { type: 'string', pattern: '^\\$\\{env:[A-Za-z_]\\w*\\}$' };
    case 'any':
      return {};
    case 'list':
      return { type: 'array', items: fieldSchema(field.of) };
    case 'record':
      return { type: 'object', additionalProperties: fieldSchema(field.of) };
    case 'object':
      return objectSchema(field.fields);
    case 'either':
      return { anyOf: field.of.map(fieldSchema) };
  }
}

function objectSchema(fields: Settings): Schema {
  const required = Object.entries(fields)
    .filter(([, field]) => field.required)
    .map(([name]) => name);
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field)])),
    ...(required.length && { required }),
  };
}

const modelSchema = (): Schema => ({
  description: 'openai/gpt-4o-mini, or its name with config and options.',
  anyOf: [
    { type: 'string' },
    {
      type: 'object',
      additionalProperties: false,
      required: ['name'],
      properties: {
        name: { type: 'string', description: 'Such as openai/gpt-4o-mini.' },
        ...(objectSchema(MODEL_CONFIG)['properties'] as Schema),
        options: objectSchema(MODEL_OPTIONS),
      },
    },
  ],
});
