import { SegmentedControl, Switch, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';
import { useStatus } from '@/api/hooks';
import { setShortcuts, shortcutsOn } from '@/lib/keys';
import { Panel } from '@/ui/Panel';
import classes from './Settings.module.css';

export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [keys, setKeys] = useState(shortcutsOn);
  const version = useStatus().data?.version;
  return (
    <div className={classes.stack}>
      <Panel title="Theme">
        <SegmentedControl aria-label="Theme" value={colorScheme} onChange={(value) => setColorScheme(value as 'light' | 'dark' | 'auto')} data={[{ value: 'light', label: 'Light, control room' }, { value: 'dark', label: 'Dark, SOC' }, { value: 'auto', label: 'As the system' }]} />
        <p className="muted">Kept in this browser.</p>
      </Panel>
      <Panel title="Keyboard">
        <Switch
          label="Single-letter keys (J K A S E / ?)"
          checked={keys}
          onChange={(event) => {
            setShortcuts(event.currentTarget.checked);
            setKeys(event.currentTarget.checked);
          }}
        />
      </Panel>
      <p className="muted">Watchfloor {version}</p>
    </div>
  );
}
