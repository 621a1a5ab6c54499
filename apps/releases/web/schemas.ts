/** The words that the routes' schemas are made of: what a route takes and answers, checked by Fastify and shown by /api/openapi.json. */

export type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const whole: Schema = { type: 'integer' };
export const flag: Schema = { type: 'boolean' };
/** ISO 8601, UTC. */
export const time: Schema = { type: 'string', format: 'date-time' };
/** JSON of whatever form. */
export const anything: Schema = { type: 'object', additionalProperties: true };
/** A 204. */
export const nothing: Schema = { type: 'null', description: 'Nothing to tell.' };

/** An object of exactly these fields. Those that may be left out are named in `optional`. */
export function record(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((key) => !optional.includes(key));
  return { type: 'object', additionalProperties: false, required, properties };
}

/** A body of which every field may be left out, but not all. */
export function changes(properties: Readonly<Record<string, Schema>>): Schema {
  return { ...record(properties, Object.keys(properties)), minProperties: 1 };
}

export function listOf(items: Schema, bounds: { readonly maxItems?: number } = {}): Schema {
  return { type: 'array', items, ...bounds };
}

/** What `pageOf` answers. */
export function pageAnswer(item: Schema, more: Readonly<Record<string, Schema>> = {}): Schema {
  return record({ items: listOf(item), total: whole, page: whole, per_page: whole, pages: whole, ...more });
}

/** What may be missing: null. */
export function orNull(schema: Schema): Schema {
  return { ...schema, type: [schema['type'], 'null'] };
}

/** Of `/…/:id`. What is no id names nothing: 404, not 400. */
export const idParams: Schema = record({ id: { type: 'string', maxLength: 100 } });
