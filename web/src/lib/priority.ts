import type { Priority } from '@/api/types';

/** ISA-18.2 priorities, gravest first. Number, word and shape say the same as the colour. */
export const PRIORITIES: readonly Priority[] = ['highest', 'high', 'medium', 'low'];

export const PRIORITY_WORD: Record<Priority, string> = { highest: 'Highest', high: 'High', medium: 'Medium', low: 'Low' };

export const PRIORITY_NUMBER: Record<Priority, 1 | 2 | 3 | 4> = { highest: 1, high: 2, medium: 3, low: 4 };

export function isPriority(text: string | null | undefined): text is Priority {
  return PRIORITIES.includes(text as Priority);
}
