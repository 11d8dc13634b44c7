import { Button, Modal, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import type { AssetDetail, AssetOverride } from '@/api/types';
import { words } from '@/lib/format';
import { Permitted } from '@/ui/Permitted';

const ROLES = ['controller', 'rtu', 'remote_io', 'hmi', 'engineering_station', 'historian', 'scada_server', 'network_device', 'server', 'workstation', 'laptop', 'building_controller', 'printer', 'camera', 'unknown'];
const LEVELS = ['0', '1', '2', '3', '3.5', '4', '5'];

/** A person's word on a device; it wins over what was inferred and is kept as theirs. */
export function Override({ asset }: { asset: AssetDetail }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <span className="grow" />
      <Permitted permission="assets.edit" variant="default" onClick={() => setOpen(true)}>
        Correct this asset
      </Permitted>
      {open && <Form asset={asset} onClose={() => setOpen(false)} />}
    </>
  );
}

function Form({ asset, onClose }: { asset: AssetDetail; onClose: () => void }) {
  const [word, setWord] = useState<Partial<AssetOverride>>({});
  const client = useQueryClient();
  const run = useMutation({
    mutationFn: () => api.overrideAsset(asset.id, word as AssetOverride),
    onSuccess: () => {
      void client.invalidateQueries();
      onClose();
    },
  });
  const set = (part: Partial<AssetOverride>) => setWord((before) => ({ ...before, ...part }));
  return (
    <Modal opened onClose={onClose} title={`Correct ${asset.name}`} closeButtonProps={{ 'aria-label': 'Close' }}>
      <form
        style={{ display: 'grid', gap: 10 }}
        onSubmit={(event) => {
          event.preventDefault();
          run.mutate();
        }}
      >
        <TextInput label="Name" data-autofocus defaultValue={asset.name} onChange={(event) => set({ name: event.currentTarget.value })} />
        <TextInput label="Vendor" defaultValue={asset.vendor ?? ''} onChange={(event) => set({ vendor: event.currentTarget.value })} />
        <TextInput label="Model" defaultValue={asset.model ?? ''} onChange={(event) => set({ model: event.currentTarget.value })} />
        <Select label="Role" data={ROLES.map((value) => ({ value, label: words(value) }))} defaultValue={asset.role} onChange={(role) => set({ role: role ?? '' })} />
        <Select label="Purdue level" data={LEVELS} defaultValue={asset.purdue_level == null ? null : String(asset.purdue_level)} onChange={(purdue_level) => set({ purdue_level: purdue_level ?? '' })} clearable />
        <TextInput label="Zone" defaultValue={asset.zone ?? ''} onChange={(event) => set({ zone: event.currentTarget.value })} />
        <p className="muted">An empty field takes your word back. What was seen stays as evidence.</p>
        {run.error && <p role="alert">{run.error.message}</p>}
        <Button type="submit" variant="filled" loading={run.isPending} disabled={Object.keys(word).length === 0}>
          Save
        </Button>
      </form>
    </Modal>
  );
}
