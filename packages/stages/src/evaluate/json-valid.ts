import { plainSchema } from '../extract/json.js';
import { type JsonSchema, validator } from '../extract/schema.js';
import type { ZodSchema } from '../extract/zod-schema.js';
import { type Metric, type MissingSetting, meanMetric } from './metric.js';

/** 1 where the prediction is JSON (a text that parses as a whole, or a value already parsed) and fits the schema. */
export function jsonValid({
  schema = true,
  ...setting
}: { readonly schema?: JsonSchema | ZodSchema } & MissingSetting = {}): Metric<number> {
  const plain = plainSchema(schema);
  let opened: ReturnType<typeof validator> | undefined;
  return meanMetric(
    {
      name: 'json_valid',
      identity: { version: 1, config: { schema: plain } },
      needs: ['prediction'],
      perRow: async ({ prediction }) => {
        opened ??= validator(plain);
        const validate = await opened;
        const value = typeof prediction === 'string' ? parsed(prediction) : { value: prediction };
        return Number(value !== undefined && validate(value.value) === undefined);
      },
    },
    setting,
  );
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}
