import { Button, Menu, Modal, Popover, TextInput, useMantineColorScheme } from '@mantine/core';
import { Link, Navigate, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { api, serverNow, setCsrf } from '@/api/client';
import { useMe, useStatus } from '@/api/hooks';
import { useConnected, useLive } from '@/api/live';
import { useKeys } from '@/lib/keys';
import { parse, span } from '@/lib/time';
import { PRIORITIES } from '@/lib/priority';
import { plural } from '@/lib/format';
import { Loading } from '@/ui/States';
import { PriorityMark } from '@/ui/PriorityMark';
import { Time } from '@/ui/Time';
import { Mark } from './Icons';
import classes from './Shell.module.css';

const PLACES = [
  { to: '/triage', label: 'Triage' },
  { to: '/map', label: 'Map' },
  { to: '/assets', label: 'Assets' },
  { to: '/conversations', label: 'Conversations' },
  { to: '/coverage', label: 'Coverage' },
  { to: '/settings', label: 'Settings' },
] as const;

/** After this long without news a live display is stale. */
const STALE_MS = 120_000;

/** What every page has around it; nobody gets here without a login. */
export function Shell() {
  const me = useMe();
  const here = useLocation({ select: (location) => location.href });
  const known = me.data !== undefined;
  if (known) setCsrf(me.data.csrf);
  useLive(known);
  if (me.isPending) return <Loading what="your session" />;
  if (!known) return <Navigate to="/login" search={{ next: here }} replace />;
  return (
    <div className={classes.shell}>
      <a className={classes.skip} href="#main">
        Skip to the content
      </a>
      <Bar user={me.data.user} role={me.data.role} />
      <nav className={classes.nav} aria-label="Pages">
        <ul>
          {PLACES.map((place) => (
            <li key={place.to}>
              <Link to={place.to} search={{}}>
                {place.label}
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" className={classes.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Palette />
      <Help />
    </div>
  );
}

function Bar({ user, role }: { user: string; role: string }) {
  const status = useStatus().data;
  return (
    <header className={classes.bar}>
      <span className={classes.site}>
        <Mark /> {status?.site_name || 'Watchfloor'}
      </span>
      {status && <AsOf eventTime={status.event_time} updated={status.updated} source={status.source} progress={status.progress ?? null} learning={status.learning_until ?? null} />}
      <span className="grow" />
      {status && status.warnings.length > 0 && (
        <Popover width={420} withArrow>
          <Popover.Target>
            <Button variant="default">{plural(status.warnings.length, 'warning')}</Button>
          </Popover.Target>
          <Popover.Dropdown>
            <ul>
              {status.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          </Popover.Dropdown>
        </Popover>
      )}
      {status && (
        <span className={classes.counts} aria-label="Open findings by priority">
          {PRIORITIES.map((priority, at) => (
            <Link key={priority} to="/triage" search={{ priority, state: 'open' }} className="row" style={{ gap: 4, textDecoration: 'none', color: 'inherit' }}>
              <PriorityMark priority={priority} bare size={16} />
              {status.open_findings[3 - at] ?? 0}
            </Link>
          ))}
        </span>
      )}
      <Account user={user} role={role} />
    </header>
  );
}

/** How old what is shown is; hatched when it may not be true any more. */
function AsOf({ eventTime, updated, source, progress, learning }: { eventTime: string; updated: string; source: string; progress: number | null; learning: string | null }) {
  const connected = useConnected();
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), 5000);
    return () => clearInterval(timer);
  }, []);
  const age = serverNow() - (parse(updated)?.getTime() ?? 0);
  const stale = !connected || (source === 'live' && age > STALE_MS);
  const words: Record<string, string> = { replay: `replaying ${Math.round((progress ?? 0) * 100)} %`, live: 'live', done: 'replay complete', idle: 'no data coming in' };
  const learns = learning !== null && eventTime < learning;
  return (
    <span className={`row ${stale ? 'hatch' : ''}`} style={{ padding: '2px 8px' }} role="status">
      <span>
        Data as of <Time at={eventTime} /> · {words[source] ?? source}
        {stale && (connected ? ` · stale for ${span(age)}` : ' · not connected')}
      </span>
      {learns && <span className={classes.warn}>learning</span>}
    </span>
  );
}

function Account({ user, role }: { user: string; role: string }) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const client = useQueryClient();
  const navigate = useNavigate();
  const out = async () => {
    await api.logout();
    client.clear();
    await navigate({ to: '/login', search: {} });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button variant="default">
          {user} · {role}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => setColorScheme(colorScheme === 'dark' ? 'light' : 'dark')}>{colorScheme === 'dark' ? 'Light control-room theme' : 'Dark theme'}</Menu.Item>
        <Menu.Item onClick={() => void out()}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Ctrl-K: go anywhere by typing. */
function Palette() {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState('');
  const navigate = useNavigate();
  useEffect(() => {
    const heard = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      setText('');
      setOpen(true);
    };
    window.addEventListener('keydown', heard);
    return () => window.removeEventListener('keydown', heard);
  }, []);
  const fitting = PLACES.filter((place) => place.label.toLowerCase().includes(text.toLowerCase()));
  const go = (to: (typeof PLACES)[number]['to']) => {
    setOpen(false);
    void navigate({ to, search: {} });
  };
  const search = () => {
    setOpen(false);
    void navigate({ to: '/assets', search: { q: text } });
  };
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Go to" withCloseButton={false}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const first = fitting[0];
          if (first) go(first.to);
          else search();
        }}
      >
        <TextInput data-autofocus label="Page, or an asset to look for" value={text} onChange={(event) => setText(event.currentTarget.value)} />
        <div style={{ display: 'grid', gap: 4, marginTop: 8 }}>
          {fitting.map((place) => (
            <Button key={place.to} variant="subtle" justify="start" onClick={() => go(place.to)}>
              {place.label}
            </Button>
          ))}
          {text && (
            <Button variant="subtle" justify="start" onClick={search}>
              Assets with “{text}”
            </Button>
          )}
        </div>
      </form>
    </Modal>
  );
}

const KEYS: [string, string][] = [
  ['J / K', 'next, previous row'],
  ['Enter', 'open the row'],
  ['A', 'acknowledge the finding'],
  ['S', 'shelve the finding'],
  ['E', 'go to its evidence'],
  ['/', 'search on this page'],
  ['Ctrl-K', 'go to a page or an asset'],
  ['?', 'this help'],
];

function Help() {
  const [open, setOpen] = useState(false);
  useKeys({ '?': () => setOpen(true) });
  return (
    <Modal opened={open} onClose={() => setOpen(false)} title="Keys" closeButtonProps={{ 'aria-label': 'Close' }}>
      <dl style={{ display: 'grid', gridTemplateColumns: '90px 1fr', gap: 6 }}>
        {KEYS.map(([key, what]) => (
          <div key={key} style={{ display: 'contents' }}>
            <dt className="mono">{key}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Modal>
  );
}
