import { useIsFetching } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { ApiFailure, setCsrf } from '@/api/client';
import { useMe } from '@/api/hooks';
import { useLive } from '@/api/live';
import { useKeys } from '@/lib/keys';
import { Failed, Loading } from '@/ui/States';
import { Header } from './Header';
import { Help } from './Help';
import { icons } from './Icons';
import { Palette } from './Palette';
import classes from './Shell.module.css';

export const ROUTES = [
  { to: '/triage', label: 'Triage', icon: icons.triage },
  { to: '/map', label: 'Map', icon: icons.map },
  { to: '/assets', label: 'Assets', icon: icons.assets },
  { to: '/conversations', label: 'Traffic', icon: icons.conversations },
  { to: '/coverage', label: 'Coverage', icon: icons.coverage },
  { to: '/settings', label: 'Settings', icon: icons.settings },
] as const;

/** How long the page has to be at rest before more is fetched than it needs. */
const AHEAD_MS = 150;

/** The frame around every page: who is logged in, how current the data is, and the way to the other pages. */
export function Shell() {
  const me = useMe();
  const navigate = useNavigate();
  const out = !me.data && me.error instanceof ApiFailure && me.error.status === 401;
  // Once: the place itself changes while the way to the login page is taken.
  useEffect(() => {
    const here = location.pathname + location.search;
    if (out) void navigate({ to: '/login', search: { next: here === '/' ? undefined : here }, replace: true });
  }, [out, navigate]);
  if (me.data) {
    setCsrf(me.data.csrf);
    return <Frame />;
  }
  if (me.isPending || out) return <Loading what="Watchfloor" />;
  return <Failed error={me.error} retry={me.refetch} />;
}

function Frame() {
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  useLive(true);
  useKeys({ '?': () => setHelp(true) });
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      setPalette(true);
    };
    window.addEventListener('keydown', heard);
    return () => window.removeEventListener('keydown', heard);
  }, []);
  return (
    <div className={classes.frame}>
      <a href="#main" className={classes.skip} onClick={(event) => {
        event.preventDefault();
        document.getElementById('main')?.focus();
      }}>
        Skip to the content
      </a>
      <Header onPalette={() => setPalette(true)} onHelp={() => setHelp(true)} />
      <nav className={classes.nav} aria-label="Pages">
        {ROUTES.map((route) => (
          <Link key={route.to} to={route.to} className={classes.link} activeProps={{ 'data-active': true }}>
            {route.icon}
            {route.label}
          </Link>
        ))}
      </nav>
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Help opened={help} onClose={() => setHelp(false)} />
      <Ahead />
      {palette && <Palette onClose={() => setPalette(false)} onHelp={() => setHelp(true)} />}
    </div>
  );
}

/** Fetches the code of the other pages once the first one is drawn and nothing else is to be done. */
function Ahead() {
  const router = useRouter();
  const busy = useIsFetching() > 0;
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (busy || done) return;
    const timer = setTimeout(() => {
      setDone(true);
      for (const { to } of ROUTES) void router.loadRouteChunk(router.routesByPath[to]);
    }, AHEAD_MS);
    return () => clearTimeout(timer);
  }, [busy, done, router]);
  return null;
}
