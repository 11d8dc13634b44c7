import { ActionIcon, Button, Kbd, Menu, Popover, Tooltip, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { api } from '@/api/client';
import { useMe, useStatus } from '@/api/hooks';
import type { Status } from '@/api/types';
import { useUtc } from '@/lib/clock';
import { count, plural } from '@/lib/format';
import { PRIORITIES, PRIORITY_WORD } from '@/lib/priority';
import { local, parse, stamp } from '@/lib/time';
import { PriorityMark } from '@/ui/PriorityMark';
import { Time } from '@/ui/Time';
import { Age } from './Age';
import classes from './Header.module.css';
import { Mark } from './Icons';

export function Header({ onPalette, onHelp }: { onPalette: () => void; onHelp: () => void }) {
  const status = useStatus().data;
  return (
    <header className={classes.bar} data-crowded={(status && learning(status)) || undefined}>
      <div className={classes.site}>
        <Mark />
        <span className="clip">
          <strong>{status?.site_name || status?.site || 'Watchfloor'}</strong>
        </span>
      </div>
      <Age />
      {status && <Progress status={status} />}
      {status && <Learning status={status} />}
      <div className="grow" />
      {status && <Warnings warnings={status.warnings} />}
      {status && <OpenFindings counts={status.open_findings} />}
      <Button variant="default" size="compact-xs" h={26} onClick={onPalette} rightSection={<Kbd size="xs" className={classes.roomy}>Ctrl K</Kbd>}>
        Go to
      </Button>
      <Tooltip label="Keys (?)">
        <ActionIcon variant="default" size={26} aria-label="Keyboard help" onClick={onHelp}>
          ?
        </ActionIcon>
      </Tooltip>
      <Person />
    </header>
  );
}

function Progress({ status }: { status: Status }) {
  if (status.source === 'live') return <span className={classes.item}>Live</span>;
  if (status.source === 'done') return <span className={classes.item}>Replay finished</span>;
  if (status.source !== 'replay') return null;
  const share = Math.round(100 * (status.progress ?? 0));
  return (
    <span className={classes.item}>
      <span>Replay</span>
      <progress max={100} value={share} aria-label="Replay progress" className={classes.progress} />
      <span>{share} %</span>
    </span>
  );
}

function learning(status: Status): boolean {
  const [until, now] = [parse(status.learning_until), parse(status.event_time)];
  return until !== null && now !== null && until > now;
}

function Learning({ status }: { status: Status }) {
  const inUtc = useUtc();
  const until = parse(status.learning_until);
  if (!until || !learning(status)) return null;
  return (
    <Tooltip label={`Until ${stamp(until, inUtc)} Watchfloor learns what is normal: most findings start afterwards.`} multiline w={280}>
      <span className={classes.badge} role="note" tabIndex={0}>
        Learning
        <span className={classes.roomy}>
          {' '}
          until <Time at={status.learning_until} brief />
        </span>
      </span>
    </Tooltip>
  );
}

function Warnings({ warnings }: { warnings: string[] }) {
  if (warnings.length === 0) return null;
  return (
    <Popover width={380} position="bottom-end" shadow="sm">
      <Popover.Target>
        <Button size="compact-xs" h={26} leftSection={<span aria-hidden>⚠</span>}>
          {plural(warnings.length, 'warning')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label="Warnings">
        <ul className={classes.warnings}>
          {warnings.map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

function OpenFindings({ counts }: { counts: number[] }) {
  return (
    <nav className={classes.open} aria-label="Open findings by priority">
      {PRIORITIES.map((priority, at) => {
        const number = counts[3 - at] ?? 0;
        return (
          <Link key={priority} to="/triage" search={{ priority }} className={classes.count} data-none={number === 0 || undefined}>
            <PriorityMark priority={priority} bare size={18} />
            <span className={classes.said}>
              <strong>{count(number)}</strong>
              <span>{PRIORITY_WORD[priority]}</span>
            </span>
            <span className="sr">open</span>
          </Link>
        );
      })}
    </nav>
  );
}

function Person() {
  const me = useMe().data;
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const client = useQueryClient();
  const navigate = useNavigate();
  const logout = useMutation({
    mutationFn: api.logout,
    onSettled: async () => {
      await navigate({ to: '/login' });
      client.clear();
    },
  });
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button size="compact-xs" h={26} variant="default">
          {me?.user}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          Role: {me?.role}. {local(new Date()).slice(0, 10)}
        </Menu.Label>
        <Menu.Item onClick={() => setColorScheme(other)}>{other === 'dark' ? 'Dark theme' : 'Light theme'}</Menu.Item>
        <Menu.Item onClick={() => logout.mutate()}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
