import { Modal, TextInput, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useState } from 'react';
import { useList } from '@/api/hooks';
import { words } from '@/lib/format';
import { PriorityMark } from '@/ui/PriorityMark';
import classes from './Palette.module.css';
import { ROUTES } from './Shell';

interface Entry {
  id: string;
  label: string;
  hint: ReactNode;
  run: () => void;
}

/** Goes to a page, asset or finding by typing. */
export function Palette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const [text, setText] = useState('');
  const [query] = useDebouncedValue(text.trim(), 120);
  const [at, setAt] = useState(0);
  const entries = useEntries(text.trim(), query, onHelp);
  const current = Math.min(at, entries.length - 1);
  const run = (entry: Entry | undefined) => {
    if (!entry) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(current + 1, entries.length - 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(current - 1, 0));
    else if (event.key === 'Enter') run(entries[current]);
    else return;
    event.preventDefault();
  };
  return (
    <Modal opened onClose={onClose} title="Go to" closeButtonProps={{ 'aria-label': 'Close' }} yOffset="12vh" centered={false}>
      <TextInput
        size="sm"
        data-autofocus
        autoFocus
        aria-label="Page, asset or finding"
        placeholder="Page, asset or finding"
        role="combobox"
        aria-expanded
        aria-controls="palette"
        aria-activedescendant={entries[current] ? `palette-${current}` : undefined}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div role="listbox" id="palette" aria-label="Results" className={classes.list}>
        {entries.map((entry, index) => (
          // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the field above hears the keys
          <div role="option" tabIndex={-1} id={`palette-${index}`} key={entry.id} aria-selected={index === current} className={classes.entry} onClick={() => run(entry)} onMouseMove={() => setAt(index)}>
            <span className="grow clip">{entry.label}</span>
            <span className="muted">{entry.hint}</span>
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="muted">Nothing matches.</p>}
    </Modal>
  );
}

function useEntries(text: string, query: string, onHelp: () => void): Entry[] {
  const navigate = useNavigate();
  const { setColorScheme } = useMantineColorScheme();
  const other = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark';
  const assets = useList('assets', { q: query, limit: 7 }, query !== '');
  const findings = useList('findings', { q: query, limit: 5 }, query !== '');
  const fixed: Entry[] = [
    ...ROUTES.map((route) => ({ id: route.to, label: route.label, hint: 'page', run: () => void navigate({ to: route.to }) })),
    { id: 'theme', label: `Use the ${other} theme`, hint: 'action', run: () => setColorScheme(other) },
    { id: 'help', label: 'Keyboard help', hint: '?', run: onHelp },
  ];
  const found = fixed.filter((entry) => entry.label.toLowerCase().includes(text.toLowerCase()));
  if (query === '') return found;
  return [
    ...found,
    ...findings.items.map((finding) => ({ id: finding.id, label: finding.title, hint: <PriorityMark priority={finding.priority} size={14} />, run: () => void navigate({ to: '/triage', search: { open: finding.id, state: 'all' } }) })),
    ...assets.items.map((asset) => ({ id: asset.id, label: `${asset.name}  ${asset.ips[0] ?? asset.macs[0] ?? ''}`, hint: words(asset.role), run: () => void navigate({ to: '/assets/$id', params: { id: asset.id } }) })),
  ];
}
