import { infiniteQueryOptions, keepPreviousData, queryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { api, type Lists } from './client';
import type { Filters } from '@/lib/search';
import type { ListQuery } from './types';

/** The first part of every key is the live topic that outdates it (see `live.ts`). */
export const useMe = () => useQuery({ queryKey: ['me'], queryFn: api.me, staleTime: Infinity, retry: false });

export const useStatus = () => useQuery({ queryKey: ['status'], queryFn: api.status, refetchInterval: 15_000, refetchIntervalInBackground: true });

export const useAsset = (id: string) => useQuery({ queryKey: ['assets', 'one', id], queryFn: () => api.asset(id) });

export const usePoints = (id: string) => useQuery({ queryKey: ['operations', 'points', id], queryFn: () => api.points(id) });

export const useSeries = (id: string, point: string) =>
  useQuery({
    queryKey: ['operations', 'series', id, point],
    queryFn: () => api.series(id, point),
    enabled: point !== '',
    placeholderData: keepPreviousData,
  });

export const useFinding = (id: string) =>
  useQuery({ queryKey: ['findings', 'one', id], queryFn: () => api.finding(id), enabled: id !== '' });

export const mapOptions = (expand: string[]) => queryOptions({ queryKey: ['map', expand], queryFn: () => api.map(expand) });

export const useMap = (expand: string[]) => useQuery({ ...mapOptions(expand), placeholderData: keepPreviousData });

export const useCoverage = () => useQuery({ queryKey: ['coverage'], queryFn: api.coverage });

/** A packet is addressed by its content: it never changes. */
export const usePacket = (id: string) =>
  useQuery({ queryKey: ['packet', id], queryFn: () => api.packet(id), staleTime: Infinity, retry: false });

export const usePlant = () => useQuery({ queryKey: ['plant'], queryFn: api.plant });

export const useUsers = (enabled: boolean) => useQuery({ queryKey: ['users'], queryFn: api.users, enabled });

/** What a page of rows asks for first: enough for a tall screen, the rest follows as the reader nears it. */
export const firstRows = (search: Filters): ListQuery => ({ ...search, limit: 200 });

export const listOptions = <K extends keyof Lists>(kind: K, query: ListQuery) =>
  infiniteQueryOptions({
    queryKey: [kind === 'audit' ? 'users' : kind, 'list', kind, query],
    queryFn: ({ pageParam, signal }) => api.page(kind, { ...query, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** A list of the server, page after page by its cursors. */
export function useList<K extends keyof Lists>(kind: K, query: ListQuery, enabled = true) {
  const answer = useInfiniteQuery({ ...listOptions(kind, query), placeholderData: keepPreviousData, enabled });
  const items = useMemo(() => answer.data?.pages.flatMap((page) => page.items) ?? [], [answer.data]);
  const total = answer.data?.pages[0]?.total ?? undefined;
  return { ...answer, items, total };
}

export type ListAnswer<T> = Pick<
  ReturnType<typeof useList>,
  'isPending' | 'isError' | 'error' | 'data' | 'dataUpdatedAt' | 'refetch' | 'hasNextPage' | 'fetchNextPage' | 'isFetchingNextPage' | 'isFetching' | 'isStale' | 'isPlaceholderData'
> & { items: T[]; total: number | undefined };
