import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { firstRows, listOptions, mapOptions } from '@/api/hooks';
import { type Filters, filters, list } from '@/lib/search';
import { Failed, Loading } from '@/ui/States';
import { Login } from './Login';
import { NotFound } from './NotFound';
import { Shell } from './Shell';
import { TriagePage } from '@/pages/triage/TriagePage';

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const root = createRootRouteWithContext<{ client: QueryClient }>()({ notFoundComponent: NotFound });

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: Login,
  validateSearch: (raw: Record<string, unknown>): { next?: string } => ({ next: text(raw.next) }),
});

const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });

const home = createRoute({
  getParentRoute: () => shell,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/triage', search: {}, replace: true });
  },
});

/** The filter and the finding that is open. */
const triage = createRoute({
  getParentRoute: () => shell,
  path: '/triage',
  component: TriagePage,
  validateSearch: (raw: Record<string, unknown>): Filters & { open?: string | undefined } => ({ ...filters(raw), ...(text(raw.open) ? { open: text(raw.open) } : {}) }),
});

const map = createRoute({
  getParentRoute: () => shell,
  path: '/map',
  component: lazyRouteComponent(() => import('@/pages/map/MapPage'), 'MapPage'),
  validateSearch: (raw: Record<string, unknown>): { expand?: string; view?: 'table' } => ({
    expand: list(raw.expand).join(',') || undefined,
    view: raw.view === 'table' ? 'table' : undefined,
  }),
  loaderDeps: ({ search }) => ({ expand: search.expand }),
  // Asked for while the page's code is fetched; the page shows what comes of it.
  loader: ({ context, deps }) => void context.client.prefetchQuery(mapOptions(list(deps.expand))),
});

const assets = createRoute({
  getParentRoute: () => shell,
  path: '/assets',
  component: lazyRouteComponent(() => import('@/pages/assets/AssetsPage'), 'AssetsPage'),
  validateSearch: filters,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.client.prefetchInfiniteQuery(listOptions('assets', firstRows(deps))),
});

const asset = createRoute({
  getParentRoute: () => shell,
  path: '/assets/$id',
  component: lazyRouteComponent(() => import('@/pages/asset/AssetPage'), 'AssetPage'),
  validateSearch: (raw: Record<string, unknown>): { point?: string } => ({ point: text(raw.point) }),
});

const conversations = createRoute({
  getParentRoute: () => shell,
  path: '/conversations',
  component: lazyRouteComponent(() => import('@/pages/ConversationsPage'), 'ConversationsPage'),
  validateSearch: filters,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.client.prefetchInfiniteQuery(listOptions('conversations', firstRows(deps))),
});

const coverage = createRoute({
  getParentRoute: () => shell,
  path: '/coverage',
  component: lazyRouteComponent(() => import('@/pages/CoveragePage'), 'CoveragePage'),
});

const packet = createRoute({
  getParentRoute: () => shell,
  path: '/packets/$id',
  component: lazyRouteComponent(() => import('@/pages/PacketPage'), 'PacketPage'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('@/pages/settings/SettingsPage'), 'SettingsPage'),
  validateSearch: (raw: Record<string, unknown>): { tab?: string } => ({ tab: text(raw.tab) }),
});

const routeTree = root.addChildren([login, shell.addChildren([home, triage, map, assets, asset, conversations, coverage, packet, settings])]);

/** The router over a store of answers. */
export const makeRouter = (client: QueryClient) => createRouter({
  routeTree,
  context: { client },
  defaultPreload: 'intent',
  defaultPendingMs: 200,
  defaultPendingComponent: () => <Loading what="the page" />,
  defaultErrorComponent: ({ error }) => <Failed error={error} retry={() => location.reload()} />,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
