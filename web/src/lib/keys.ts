import { useEffect, useRef } from 'react';

/** Whether a key belongs to a field or an open dialog rather than to the page. */
function taken(event: KeyboardEvent): boolean {
  const at = event.target as HTMLElement | null;
  if (!at?.closest) return false;
  if (at.closest('input, textarea, select, [contenteditable="true"]')) return true;
  return document.querySelector('[role="dialog"]') !== null;
}

/**
 * Single-letter keys for a page. They hold nowhere near a text field or a dialog (WCAG 2.1.4 wants them to be
 * remappable, off, or bound to focus: `off` in the settings switches all of them off).
 */
export function useKeys(map: Record<string, (event: KeyboardEvent) => void>) {
  const now = useRef(map);
  useEffect(() => {
    now.current = map;
  });
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (taken(event) || !shortcutsOn()) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const run = now.current[key];
      if (!run) return;
      event.preventDefault();
      run(event);
    };
    window.addEventListener('keydown', heard);
    return () => window.removeEventListener('keydown', heard);
  }, []);
}

const KEY = 'watchfloor-shortcuts';

export function shortcutsOn(): boolean {
  return localStorage.getItem(KEY) !== 'off';
}

export function setShortcuts(on: boolean) {
  localStorage.setItem(KEY, on ? 'on' : 'off');
}
