import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api } from '@/api/client';
import { usePlant } from '@/api/hooks';
import type { AssetDetail, AssetOverride } from '@/api/types';
import { level, words } from '@/lib/format';
import { ROLES } from '@/lib/roles';
import classes from './Asset.module.css';

const LEVELS = ['5', '4', '3.5', '3', '2', '1', '0'];
type Word = Record<'name' | 'vendor' | 'model' | 'role' | 'purdue_level' | 'zone', string>;

/** What a person said before, from the attributes kept with the source `person`. */
function said(asset: AssetDetail): Partial<Word> {
  return Object.fromEntries(asset.attributes.filter((value) => value.source === 'person').map((value) => [value.name, value.value]));
}

/** Only what was changed is sent; an emptied field takes an earlier word back. */
export function changes(before: Partial<Word>, now: Word): AssetOverride {
  const entries = Object.entries(now).filter(([name, value]) => value !== (before[name as keyof Word] ?? ''));
  return Object.fromEntries(entries);
}

/** A person's word on an asset: it stands above all evidence, and is kept as a person's. */
export function OverrideDialog({ asset, onClose }: { asset: AssetDetail; onClose: () => void }) {
  const before = said(asset);
  const plant = usePlant().data;
  const client = useQueryClient();
  const [word, setWord] = useState<Word>({ name: '', vendor: '', model: '', role: '', purdue_level: '', zone: '', ...before });
  const change = changes(before, word);
  const set = (name: keyof Word) => (value: string | null) => setWord((old) => ({ ...old, [name]: value ?? '' }));
  const save = useMutation({
    mutationFn: () => api.overrideAsset(asset.id, change),
    onSuccess: async () => {
      onClose();
      await Promise.all(['assets', 'map'].map((key) => client.invalidateQueries({ queryKey: [key] })));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const text = (name: 'name' | 'vendor' | 'model', label: string) => (
    <TextInput label={label} placeholder={asset[name] ?? 'unknown'} value={word[name]} onChange={(event) => set(name)(event.currentTarget.value)} />
  );
  const zones = (plant?.zone ?? []).map((zone) => ({ value: zone.id, label: zone.name }));
  return (
    <Modal opened onClose={onClose} title={`Correct ${asset.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form className={classes.form} onSubmit={submit}>
        <p className="muted">Your word stands above the evidence. Leave a field empty to let the evidence decide.</p>
        {text('name', 'Name')}
        {text('vendor', 'Vendor')}
        {text('model', 'Model')}
        <Select label="Role" placeholder={words(asset.role)} clearable clearButtonProps={{ 'aria-label': 'Clear the role' }} data={ROLES.map((value) => ({ value, label: words(value) }))} value={word.role || null} onChange={set('role')} />
        <Select label="Purdue level" placeholder={level(asset.purdue_level)} clearable clearButtonProps={{ 'aria-label': 'Clear the level' }} data={LEVELS} value={word.purdue_level || null} onChange={set('purdue_level')} />
        <Select label="Zone" placeholder={asset.zone ?? 'unknown'} clearable clearButtonProps={{ 'aria-label': 'Clear the zone' }} data={zones} nothingFoundMessage="The plant model has no zones" value={word.zone || null} onChange={set('zone')} />
        {save.error && (
          <p role="alert" className={classes.alert}>
            {save.error.message}
          </p>
        )}
        <div className="row">
          <Button type="submit" variant="filled" loading={save.isPending} disabled={Object.keys(change).length === 0}>
            Save
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Modal>
  );
}
