/** A dashboard as it is opened: its variables are asked for one after the other, each with what was chosen before. */
import { choicesOf, type Range } from './influxql.ts';
import { type Ask, interpolated, type Panel } from './panel.ts';
import { ALL, type Chosen, single, type Variables } from './variables.ts';

export interface VariableModel {
  readonly type: string;
  readonly name: string;
  readonly label: string;
  readonly query: string;
  readonly hide: number;
  readonly refresh?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  readonly current: { readonly value?: string | readonly string[] };
}

export interface AnnotationModel {
  readonly name: string;
  readonly builtIn?: number;
  readonly target?: { readonly query: string; readonly textColumn: string; readonly tagsColumn: string };
}

export interface LinkModel {
  readonly title: string;
  readonly type: string;
  readonly url: string;
  readonly tags: readonly string[];
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly schemaVersion: number;
  readonly editable: boolean;
  readonly tags: readonly string[];
  readonly refresh: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly links: readonly LinkModel[];
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly VariableModel[] };
  readonly annotations: { readonly list: readonly AnnotationModel[] };
}

/** What is chosen when the dashboard opens with these values in its address, and what could be chosen instead. */
export async function opened(
  { templating }: Dashboard,
  address: Readonly<Record<string, string>>,
  range: Range,
  ask: Ask,
): Promise<Variables> {
  const variables = new Map<string, Chosen>();
  for (const model of templating.list) {
    variables.set(model.name, await chosenOf(model, address[model.name], variables, range, ask));
  }
  return variables;
}

async function chosenOf(
  { type, query, current, multi = false, allValue = '' }: VariableModel,
  wanted: string | undefined,
  before: Variables,
  range: Range,
  ask: Ask,
): Promise<Chosen> {
  const initial = current.value;
  if (type !== 'query') return single(wanted ?? `${initial}`);
  const options = choicesOf(await ask(interpolated(query, before, range))).sort();
  const isAll = (Array.isArray(initial) ? initial[0] : initial) === ALL;
  const value = wanted ?? (isAll ? ALL : (options[0] ?? ''));
  return { value: multi && value !== ALL ? [value] : value, options, allValue, multi };
}
