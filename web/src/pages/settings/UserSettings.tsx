import { Button, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { useUsers } from '@/api/hooks';
import type { User } from '@/api/types';
import { ROLE_NAMES, useMay } from '@/app/session';
import { Panel } from '@/ui/Panel';
import { Empty, standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import facts from '@/ui/Facts.module.css';

export function UserSettings() {
  const { may, why } = useMay('users.manage');
  const answer = useUsers(may);
  if (!may) return <Empty title="Not for your role">{why}</Empty>;
  return (
    <div style={{ display: 'grid', gap: 10 }}>
      <Panel title="Users" flush>
        {standIn(answer, 'the users') ?? (
          <table className={facts.table}>
            <thead>
              <tr>
                {['Name', 'Role', 'May log in', 'Made', 'Last login', 'New password', ''].map((name) => (
                  <th key={name} scope="col">
                    {name || <span className="sr">Delete</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {(answer.data ?? []).map((user) => (
                <Row key={user.name} user={user} />
              ))}
            </tbody>
          </table>
        )}
      </Panel>
      <NewUser />
    </div>
  );
}

function useChange<T>(run: (input: T) => Promise<unknown>, done?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['users'] });
      done?.();
    },
  });
}

function Row({ user }: { user: User }) {
  const [password, setPassword] = useState('');
  const change = useChange((body: { role?: string; password?: string; enabled?: boolean }) => api.changeUser(user.name, body), () => setPassword(''));
  const remove = useChange(() => api.removeUser(user.name));
  const error = change.error ?? remove.error;
  return (
    <tr>
      <th scope="row">{user.name}</th>
      <td>
        <Select aria-label={`Role of ${user.name}`} data={ROLE_NAMES} value={user.role} allowDeselect={false} w={120} onChange={(role) => role && change.mutate({ role })} />
      </td>
      <td>
        <Button variant="default" onClick={() => change.mutate({ enabled: !user.enabled })}>
          {user.enabled ? 'Yes: bar' : 'No: admit'}
        </Button>
      </td>
      <td>
        <Time at={user.created} />
      </td>
      <td>
        <Time at={user.last_login} />
      </td>
      <td>
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            change.mutate({ password });
          }}
        >
          <PasswordInput aria-label={`New password of ${user.name}`} autoComplete="new-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} w={170} />
          <Button type="submit" variant="default" disabled={password === ''}>
            Set
          </Button>
        </form>
        {error && <p role="alert">{error.message}</p>}
      </td>
      <td>
        <Button variant="default" onClick={() => remove.mutate(undefined)}>
          Delete
        </Button>
      </td>
    </tr>
  );
}

function NewUser() {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [password, setPassword] = useState('');
  const add = useChange(
    () => api.addUser({ name, role, password }),
    () => {
      setName('');
      setPassword('');
    },
  );
  return (
    <Panel title="Add a user">
      <form
        className="row wrap"
        style={{ alignItems: 'end' }}
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate(undefined);
        }}
      >
        <TextInput label="Name" required value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select label="Role" data={ROLE_NAMES} value={role} allowDeselect={false} onChange={(next) => setRole(next ?? 'viewer')} />
        <PasswordInput label="Password (10 characters at least)" autoComplete="new-password" required value={password} onChange={(event) => setPassword(event.currentTarget.value)} w={240} />
        <Button type="submit" variant="filled" loading={add.isPending}>
          Add
        </Button>
        {add.error && <p role="alert">{add.error.message}</p>}
      </form>
    </Panel>
  );
}
