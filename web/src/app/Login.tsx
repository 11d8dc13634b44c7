import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { ApiFailure, api, setCsrf } from '@/api/client';
import classes from './Login.module.css';
import { Mark } from './Icons';

export function Login() {
  const { next } = useSearch({ from: '/login' });
  const navigate = useNavigate();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const login = useMutation({
    mutationFn: () => api.login(name, password),
    onSuccess: async (answer) => {
      setCsrf(answer.csrf);
      client.removeQueries();
      await client.fetchQuery({ queryKey: ['me'], queryFn: api.me });
      // Only a path of this page: an address from outside could lead anywhere.
      await navigate({ to: next?.startsWith('/') && !next.startsWith('//') ? next : '/triage', replace: true });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate();
  };
  const error = login.error;
  const wait = error instanceof ApiFailure && error.status === 429 && error.retryAfter ? ` Try again in ${error.retryAfter} s.` : '';
  return (
    <main className={classes.page}>
      <title>Log in · Watchfloor</title>
      <form className={classes.form} onSubmit={submit}>
        <h1 className={classes.title}>
          <Mark /> Watchfloor
        </h1>
        <TextInput size="sm" label="Name" autoComplete="username" value={name} onChange={(event) => setName(event.currentTarget.value)} required autoFocus />
        <PasswordInput size="sm" label="Password" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} required />
        {error && (
          <p role="alert" className={classes.error}>
            {error.message}
            {wait}
          </p>
        )}
        <Button size="sm" type="submit" variant="filled" loading={login.isPending} fullWidth>
          Log in
        </Button>
        <p className="muted">The first administrator’s password was printed once when the program first started.</p>
      </form>
    </main>
  );
}
