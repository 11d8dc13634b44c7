import { Button, Modal, PasswordInput, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '@/api/client';
import { useMe, useUsers } from '@/api/hooks';
import type { User } from '@/api/types';
import { ROLE_NAMES } from '@/app/session';
import { Panel } from '@/ui/Panel';
import { standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Settings.module.css';

const PASSWORD_MIN = 12;

export function Users() {
  const users = useUsers(true);
  const me = useMe().data;
  const client = useQueryClient();
  const [dialog, setDialog] = useState<'add' | { password: User } | { remove: User } | null>(null);
  const done = () => {
    setDialog(null);
    void client.invalidateQueries({ queryKey: ['users'] });
  };
  const change = useMutation({ mutationFn: ({ name, ...rest }: { name: string; role?: string; enabled?: boolean }) => api.changeUser(name, rest), onSettled: done });
  return (
    <Panel title="Users" of={users} extra={<Button onClick={() => setDialog('add')}>Add a user…</Button>}>
      {change.error && (
        <p role="alert" className={classes.alert}>
          {change.error.message}
        </p>
      )}
      {standIn(users, 'users') ?? (
        <table className={`plain ${classes.users}`}>
          <thead>
            <tr>
              <th scope="col">Name</th>
              <th scope="col">Role</th>
              <th scope="col">May log in</th>
              <th scope="col">Made</th>
              <th scope="col">Last login</th>
              <th scope="col">Do</th>
            </tr>
          </thead>
          <tbody>
            {users.data?.map((user) => {
              const self = user.name === me?.user;
              return (
                <tr key={user.name}>
                  <th scope="row">{user.name}{self && ' (you)'}</th>
                  <td>
                    <Select aria-label={`Role of ${user.name}`} data={ROLE_NAMES} value={user.role} allowDeselect={false} disabled={self} onChange={(role) => role && change.mutate({ name: user.name, role })} w={130} />
                  </td>
                  <td>{user.enabled ? 'yes' : 'no'}</td>
                  <td>
                    <Time at={user.created} />
                  </td>
                  <td>
                    <Time at={user.last_login} />
                  </td>
                  <td>
                    <div className="row">
                      <Button onClick={() => setDialog({ password: user })}>Password…</Button>
                      {!self && <Button onClick={() => change.mutate({ name: user.name, enabled: !user.enabled })}>{user.enabled ? 'Disable' : 'Enable'}</Button>}
                      {!self && <Button onClick={() => setDialog({ remove: user })}>Remove…</Button>}
                    </div>
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {dialog === 'add' && <UserDialog onClose={() => setDialog(null)} onDone={done} />}
      {dialog !== null && dialog !== 'add' && 'password' in dialog && <UserDialog user={dialog.password} onClose={() => setDialog(null)} onDone={done} />}
      {dialog !== null && dialog !== 'add' && 'remove' in dialog && <RemoveDialog user={dialog.remove} onClose={() => setDialog(null)} onDone={done} />}
    </Panel>
  );
}

interface DialogProps {
  user?: User;
  onClose: () => void;
  onDone: () => void;
}

function UserDialog({ user, onClose, onDone }: DialogProps) {
  const [name, setName] = useState('');
  const [role, setRole] = useState('viewer');
  const [password, setPassword] = useState('');
  const save = useMutation({
    mutationFn: async () => {
      if (user) await api.changeUser(user.name, { password });
      else await api.addUser({ name: name.trim(), role, password });
    },
    onSuccess: onDone,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const short = password.length > 0 && password.length < PASSWORD_MIN;
  return (
    <Modal opened onClose={onClose} title={user ? `New password for ${user.name}` : 'Add a user'} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form onSubmit={submit} className={classes.form}>
        {!user && (
          <>
            <TextInput label="Name" required data-autofocus autoComplete="off" value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <Select label="Role" data={ROLE_NAMES} value={role} allowDeselect={false} onChange={(value) => value && setRole(value)} />
          </>
        )}
        <PasswordInput label="Password" required autoComplete="new-password" description={`At least ${PASSWORD_MIN} characters.`} error={short ? 'Too short.' : undefined} value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
        {save.error && (
          <p role="alert" className={classes.alert}>
            {save.error.message}
          </p>
        )}
        <div className="row">
          <Button type="submit" variant="filled" loading={save.isPending} disabled={password.length < PASSWORD_MIN || (!user && name.trim() === '')}>
            {user ? 'Set the password' : 'Add'}
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}

function RemoveDialog({ user, onClose, onDone }: DialogProps & { user: User }) {
  const remove = useMutation({ mutationFn: () => api.removeUser(user.name), onSuccess: onDone });
  return (
    <Modal opened onClose={onClose} title={`Remove ${user.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <div className={classes.form}>
        <p>{user.name} can no longer log in. What they did stays in the record.</p>
        {remove.error && (
          <p role="alert" className={classes.alert}>
            {remove.error.message}
          </p>
        )}
        <div className="row">
          <Button variant="filled" loading={remove.isPending} onClick={() => remove.mutate()}>
            Remove
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </div>
    </Modal>
  );
}
