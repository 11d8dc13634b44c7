import { Tabs } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMay } from '@/app/session';
import { Page } from '@/ui/Page';
import { Empty } from '@/ui/States';
import { Appearance } from './Appearance';
import { Audit } from './Audit';
import { Plant } from './Plant';
import { Users } from './Users';

const TABS = [
  ['appearance', 'Appearance'],
  ['plant', 'Plant model'],
  ['users', 'Users'],
  ['audit', 'Record of acts'],
] as const;

export function SettingsPage() {
  const { tab } = useSearch({ from: '/shell/settings' });
  const navigate = useNavigate({ from: '/settings' });
  const users = useMay('users.manage');
  const audit = useMay('audit.read');
  const current = TABS.some(([name]) => name === tab) ? tab : 'plant';
  return (
    <Page title="Settings">
      <Tabs value={current} keepMounted={false} onChange={(next) => void navigate({ search: { tab: next ?? undefined }, replace: true })}>
        <Tabs.List mb={10}>
          {TABS.map(([name, label]) => (
            <Tabs.Tab key={name} value={name}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="appearance">
          <Appearance />
        </Tabs.Panel>
        <Tabs.Panel value="plant">
          <Plant />
        </Tabs.Panel>
        <Tabs.Panel value="users">{users.may ? <Users /> : <Empty title="Users are for administrators">{users.why}</Empty>}</Tabs.Panel>
        <Tabs.Panel value="audit">{audit.may ? <Audit /> : <Empty title="The record is not open to your role">{audit.why}</Empty>}</Tabs.Panel>
      </Tabs>
    </Page>
  );
}
