/** Fills in what a file leaves out, and makes the schema of such a file from the schema of complete settings. */
/** The part of JSON Schema that the settings use. */
export interface SchemaNode {
  type?: string;
  description?: string;
  default?: unknown;
  properties?: Record<string, SchemaNode>;
  patternProperties?: Record<string, SchemaNode>;
  required?: string[];
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  maxLength?: number;
}

/** May this key be left out? When it has a default, or consists of keys that may. */
function omissible(node: SchemaNode): boolean {
  if ('default' in node) return true;
  if (node.type !== 'object' || node.properties === undefined) return false;
  const required = new Set(node.required ?? []);
  return Object.entries(node.properties).every(([name, child]) => !required.has(name) || omissible(child));
}

/** The same schema in which every key with a default may be left out. */
export function fileSchema(node: SchemaNode): SchemaNode {
  const result: SchemaNode = { ...node };
  if (node.properties !== undefined) {
    result.properties = mapped(node.properties);
    const required = (node.required ?? []).filter((name) => !omissible(node.properties?.[name] ?? {}));
    if (required.length > 0) result.required = required;
    else delete result.required;
  }
  if (node.patternProperties !== undefined) result.patternProperties = mapped(node.patternProperties);
  if (node.items !== undefined) result.items = fileSchema(node.items);
  if (node.anyOf !== undefined) result.anyOf = node.anyOf.map(fileSchema);
  return result;
}

function mapped(children: Record<string, SchemaNode>): Record<string, SchemaNode> {
  return Object.fromEntries(Object.entries(children).map(([name, child]) => [name, fileSchema(child)]));
}

/** A copy of the given (checked) value in which every default stands. Takes either of the two schemas. */
export function completed(node: SchemaNode, given: unknown): unknown {
  if (given === undefined && 'default' in node) return structuredClone(node.default);
  if (node.anyOf !== undefined) {
    const shape =
      typeof given === 'object' && given !== null ? node.anyOf.find((one) => one.type === 'object') : undefined;
    return shape === undefined ? structuredClone(given) : completed(shape, given);
  }
  if (node.type === 'array' && node.items !== undefined) {
    const { items } = node;
    return (given as unknown[]).map((item) => completed(items, item));
  }
  if (node.type !== 'object' || node.properties === undefined) return structuredClone(given);
  const from = (given ?? {}) as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  const required = new Set(node.required ?? []);
  for (const [name, child] of Object.entries(node.properties)) {
    if (from[name] !== undefined || required.has(name) || omissible(child)) result[name] = completed(child, from[name]);
  }
  return result;
}
