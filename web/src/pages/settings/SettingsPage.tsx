import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useList } from '@/api/hooks';
import { useMay } from '@/app/session';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { Empty, standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import facts from '@/ui/Facts.module.css';
import { PlantSettings } from './PlantSettings';
import { UserSettings } from './UserSettings';

/** Users, plant model with its zones, and the record of what people did. */
export function SettingsPage() {
  const { tab } = useSearch({ from: '/shell/settings' });
  const navigate = useNavigate({ from: '/settings' });
  return (
    <Page title="Settings">
      <Tabs value={tab ?? 'plant'} onChange={(next) => void navigate({ search: { tab: next ?? undefined }, replace: true })} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="plant">Plant model and zones</Tabs.Tab>
          <Tabs.Tab value="users">Users</Tabs.Tab>
          <Tabs.Tab value="record">Record</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="plant" pt="sm">
          <PlantSettings />
        </Tabs.Panel>
        <Tabs.Panel value="users" pt="sm">
          <UserSettings />
        </Tabs.Panel>
        <Tabs.Panel value="record" pt="sm">
          <Record />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Record() {
  const { may, why } = useMay('audit.read');
  const answer = useList('audit', { limit: 200 }, may);
  if (!may) return <Empty title="Not for your role">{why}</Empty>;
  return (
    <Panel title="What people did, newest first" flush>
      {standIn(answer, 'the record') ?? (
        <table className={facts.table}>
          <thead>
            <tr>
              {['Number', 'When', 'Who', 'What', 'On what', 'Details'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {answer.items.map((entry) => (
              <tr key={entry.id}>
                <td>{entry.id}</td>
                <td>
                  <Time at={entry.at} />
                </td>
                <td>{entry.user}</td>
                <td>{entry.action}</td>
                <td className="mono">{entry.object}</td>
                <td style={{ overflowWrap: 'anywhere' }}>{entry.detail}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
