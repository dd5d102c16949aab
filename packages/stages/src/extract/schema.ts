export type JsonSchema = Readonly<Record<string, unknown>> | boolean;

/** What is wrong with a value, in words; undefined where it fits. */
export type Validate = (value: unknown) => string | undefined;

/**
 * JSON Schema 2020-12, or draft 7 where `$schema` says so. `format` is a note, as the standard has it: use `pattern`
 * to enforce one. A schema checks; it never changes the value.
 */
export async function validator(schema: JsonSchema): Promise<Validate> {
  const check = await compiled(schema);
  return (value) => {
    if (check(value)) return undefined;
    const first = check.errors?.[0];
    return `${first?.instancePath || 'the value'} ${first?.message ?? 'does not fit'}`;
  };
}

async function compiled(schema: JsonSchema) {
  const draft7 = typeof schema === 'object' && String(schema.$schema).includes('draft-07');
  const { Ajv } = draft7 ? await import('ajv') : { Ajv: (await import('ajv/dist/2020.js')).Ajv2020 };
  try {
    return new Ajv({ strict: false, validateFormats: false, logger: false }).compile(schema);
  } catch (error) {
    throw new Error(
      `The schema can't be used: ${(error as Error).message}. Correct it, or leave it out to take any JSON.`,
    );
  }
}
