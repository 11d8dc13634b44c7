import type { ListQuery } from '@/api/types';

/** Filters that live in the URL; a link to a view shows the same view to whoever opens it. */
export const FILTERS = ['q', 'asset', 'zone', 'role', 'protocol', 'category', 'state', 'rule', 'priority', 'from', 'to', 'sort'] as const;

export type Filters = Partial<Record<(typeof FILTERS)[number], string>>;

/** Keeps the known, non-empty, text-like parts of a URL's search. */
export function filters(raw: Record<string, unknown>): Filters {
  const kept: Filters = {};
  for (const name of FILTERS) {
    const value = raw[name];
    if (typeof value === 'string' && value !== '') kept[name] = value;
    else if (typeof value === 'number') kept[name] = String(value);
  }
  return kept;
}

/** `a,b` → `a` and `b`; for lists kept in the URL. */
export function list(value: unknown): string[] {
  return typeof value === 'string' ? value.split(',').filter(Boolean) : [];
}

export function toParams(query: ListQuery): URLSearchParams {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  return params;
}

/** The filter in words, for a dialog that acts on everything matching it. */
export function describe(query: Filters): string {
  const parts = Object.entries(query)
    .filter(([name, value]) => name !== 'sort' && value)
    .map(([name, value]) => (name === 'q' ? `text “${value}”` : `${name} ${value}`));
  return parts.length === 0 ? 'no filter' : parts.join(', ');
}
