import type { Query, QueryClient } from '@tanstack/react-query';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';

/** At most one refetch of a topic in this time: people cannot read faster, and a replay changes things all the time. */
const PAUSE_MS = 1500;
/** A list scrolled further than this is not fetched again under the reader's eyes; it says that it is old instead. */
const PAGES_MAX = 2;

const ALSO: Record<string, string[]> = {
  assets: ['map'],
  conversations: ['map'],
  findings: ['map', 'status'],
  plant: ['map', 'assets'],
};

let connected = false;
const listeners = new Set<() => void>();

function setConnected(now: boolean) {
  if (connected === now) return;
  connected = now;
  for (const tell of listeners) tell();
}

/** Whether the live stream stands. */
export function useConnected(): boolean {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => connected,
  );
}

/** Queries of these topics that may be fetched again at once. */
export function concerns(topics: ReadonlySet<string>, query: Pick<Query, 'queryKey' | 'state'>): boolean {
  return topics.has(String(query.queryKey[0]));
}

function isDeep(query: Query): boolean {
  const pages = (query.state.data as { pages?: unknown[] } | undefined)?.pages;
  return Array.isArray(pages) && pages.length > PAGES_MAX;
}

/** Left to its next try: starting over with every event, a failure would never come to be told. */
function isRetrying({ state }: Query): boolean {
  return state.fetchStatus !== 'idle' && state.fetchFailureCount > 0;
}

function refresh(client: QueryClient, topics: ReadonlySet<string>) {
  const all = topics.has('*');
  const match = (query: Query) => (all ? query.queryKey[0] !== 'packet' : concerns(topics, query));
  void client.invalidateQueries({ predicate: match, refetchType: 'none' });
  void client.refetchQueries({ type: 'active', predicate: (query) => match(query) && !isDeep(query) && !isRetrying(query) });
}

interface LiveEvent {
  id: number;
  topics: string[];
}

/** Topics outdated by an event. `all` comes after a gap: events were missed, so everything may be outdated. */
export function outdated(event: Pick<LiveEvent, 'topics'>): string[] {
  if (event.topics.includes('all')) return ['*'];
  return event.topics.flatMap((topic) => [topic, ...(ALSO[topic] ?? [])]);
}

/** Follows the live stream for as long as the page is open, and refetches what it says has changed. */
export function useLive(enabled: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!enabled) return;
    const waiting = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let retry: ReturnType<typeof setTimeout> | undefined;
    let source: EventSource | undefined;
    let anew = false;

    const flush = () => {
      timer = undefined;
      const topics = new Set(waiting);
      waiting.clear();
      refresh(client, topics);
    };
    const note = (topics: string[]) => {
      for (const topic of topics) waiting.add(topic);
      timer ??= setTimeout(flush, PAUSE_MS);
    };
    const open = () => {
      source = new EventSource('/api/v1/live');
      source.onopen = () => {
        setConnected(true);
        // A stream that was opened anew has no memory of the old one.
        if (anew) note(['*']);
        anew = false;
      };
      source.onmessage = (message) => {
        const event = JSON.parse(message.data as string) as LiveEvent;
        note(outdated(event));
      };
      source.onerror = () => {
        setConnected(false);
        // The browser reconnects by itself, with Last-Event-ID, unless it was turned away.
        if (source?.readyState !== EventSource.CLOSED) return;
        clearTimeout(retry);
        retry = setTimeout(() => {
          void client.invalidateQueries({ queryKey: ['me'] });
          anew = true;
          open();
        }, 5000);
      };
    };
    open();
    return () => {
      clearTimeout(timer);
      clearTimeout(retry);
      source?.close();
      setConnected(false);
    };
  }, [client, enabled]);
}
