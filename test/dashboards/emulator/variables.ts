/**
 * What Grafana does with `$name`, `${name}`, `${name:format}` and `[[name]]` in a text, for the formats that its
 * documents name ("Variable syntax", "Advanced variable format options") and that are of use here.
 */

export interface Chosen {
  /** One value, several, or `$__all`. */
  readonly value: string | readonly string[];
  /** What could be chosen: stands for All where no other text does. */
  readonly options: readonly string[];
  /** What All stands for, taken as it is and never escaped; '' = all options. */
  readonly allValue: string;
  readonly multi: boolean;
}

export type Variables = ReadonlyMap<string, Chosen>;

export const ALL = '$__all';

export function single(value: string): Chosen {
  return { value, options: [value], allValue: '', multi: false };
}

const PATTERN = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.([^:}]+))?(?::([^}]+))?\}/g;

/** What a value becomes where the text names no format. */
export type Default = (values: string | readonly string[], chosen: Chosen, name: string) => string;

/** Unknown names stay as they are, as in Grafana. */
export function replaced(text: string, variables: Variables, fallback: Default = glob): string {
  return text.replace(PATTERN, (match, plain, square, squareFormat, braced, _path, bracedFormat) => {
    const name: string = plain ?? square ?? braced;
    const chosen = variables.get(name);
    if (chosen === undefined) return match;
    return told(name, chosen, squareFormat ?? bracedFormat ?? '', fallback);
  });
}

function told(name: string, chosen: Chosen, format: string, fallback: Default): string {
  if (isAll(chosen)) {
    if (format === 'text') return 'All';
    if (format === 'queryparam') return `var-${name}=All`;
    if (chosen.allValue !== '') return format === 'percentencode' ? percent(chosen.allValue) : chosen.allValue;
  }
  const values = isAll(chosen) ? chosen.options : chosen.value;
  return format === '' ? fallback(values, chosen, name) : formatted(values, format, name);
}

function isAll({ value }: Chosen): boolean {
  return value === ALL || (Array.isArray(value) && value.length === 1 && value[0] === ALL);
}

function formatted(values: string | readonly string[], format: string, name: string): string {
  const list = typeof values === 'string' ? [values] : values;
  switch (format) {
    case 'regex':
      return list.length === 1 ? escapedForRegex(list[0]!) : `(${list.map(escapedForRegex).join('|')})`;
    case 'pipe':
      return list.join('|');
    case 'csv':
    case 'raw':
      return list.join(',');
    case 'text':
      return list.join(' + ');
    case 'json':
      return JSON.stringify(values);
    case 'singlequote':
      return list.map((value) => `'${value.replaceAll("'", "\\'")}'`).join(',');
    case 'doublequote':
      return list.map((value) => `"${value.replaceAll('"', '\\"')}"`).join(',');
    case 'percentencode':
      return percent(typeof values === 'string' ? values : `{${values.join(',')}}`);
    case 'queryparam':
      return list.map((value) => `var-${name}=${percent(value)}`).join('&');
    case 'glob':
      return glob(values);
    default:
      throw new Error(`format ${format} is not known here`);
  }
}

function glob(values: string | readonly string[]): string {
  if (typeof values === 'string') return values;
  return values.length === 1 ? values[0]! : `{${values.join(',')}}`;
}

export function escapedForRegex(value: string): string {
  return value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}

function percent(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

/**
 * The InfluxDB data source's own way where a query names no format: values of a variable that takes several are escaped,
 * others only where they stand inside of a regular expression, and what looks like a number never.
 */
export function influxDefault(query: string): Default {
  return (values, chosen, name) => {
    if (typeof values === 'string' && !Number.isNaN(Number.parseFloat(values))) return values;
    const many = (): string =>
      typeof values === 'string' ? escapedForRegex(values) : `(${values.map(escapedForRegex).join('|')})`;
    if (chosen.multi) return many();
    const inRegex = new RegExp(`[=!]~\\s*/[^/]*\\$\\{?${name}[^/]*/`).test(query);
    return inRegex ? many() : glob(values);
  };
}
