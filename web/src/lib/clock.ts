import { useSyncExternalStore } from 'react';

/** Whether times are shown in UTC instead of the reader's own zone. Kept in this browser. */
const KEY = 'watchfloor-clock';
const listeners = new Set<() => void>();
let inUtc = localStorage.getItem(KEY) === 'utc';

export function setUtc(on: boolean) {
  inUtc = on;
  localStorage.setItem(KEY, on ? 'utc' : 'local');
  for (const tell of listeners) tell();
}

export function useUtc(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => inUtc,
  );
}
