import { Button, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api } from '@/api/client';
import { usePlant } from '@/api/hooks';
import type { PlantModel } from '@/api/types';
import { money, number } from '@/lib/format';
import { Panel } from '@/ui/Panel';
import { Permitted } from '@/ui/Permitted';
import { Empty, standIn } from '@/ui/States';
import facts from '@/ui/Facts.module.css';

/** The plant model in force: what each machine means to production, and what may talk to what. */
export function PlantSettings() {
  const answer = usePlant();
  const [editing, setEditing] = useState(false);
  const plant = answer.data;
  const instead = standIn(answer, 'the plant model');
  if (instead) return <>{instead}</>;
  return (
    <div style={{ display: 'grid', gap: 10 }}>
      <div className="row">
        <p className="grow">{plant ? `${plant.site.name} · ${plant.site.id} · ${plant.site.currency}` : ''}</p>
        <Permitted permission="plant.edit" variant="default" onClick={() => setEditing(!editing)}>
          {editing ? 'Close the editor' : 'Edit the model'}
        </Permitted>
      </div>
      {editing && <Editor plant={plant ?? null} onDone={() => setEditing(false)} />}
      {!plant && <Empty title="There is no plant model">Findings are ranked by stated defaults. Start with --plant plant.toml, or paste a model with “Edit the model”.</Empty>}
      {plant && <Tables plant={plant} />}
    </div>
  );
}

function Tables({ plant }: { plant: PlantModel }) {
  return (
    <>
      <Rows title="Zones" headings={['Id', 'Name', 'Purdue level', 'Address ranges']} rows={(plant.zone ?? []).map((zone) => [zone.id, zone.name, String(zone.purdue_level), (zone.subnets ?? []).join(', ')])} />
      <Rows title="Conduits: what may talk to what" headings={['From', 'To', 'Protocols']} rows={(plant.conduit ?? []).map((conduit) => [conduit.from, conduit.to, (conduit.protocols ?? []).join(', ') || 'all'])} />
      <Rows
        title="Functions"
        headings={['Function', 'Unit', 'Assets', 'Restart', 'Cost per hour', 'Buffer', 'Safety', 'Redundancy', 'Depends on']}
        rows={(plant.function ?? []).map((f) => [
          f.name,
          f.unit,
          (f.assets ?? []).join(', '),
          `${number(f.restart_hours)} h`,
          money(f.cost_per_hour ?? 0, plant.site.currency ?? ''),
          `${number(f.buffer_minutes)} min`,
          f.safety ?? 'none',
          f.redundancy ?? 'none',
          (f.depends_on ?? []).join(', '),
        ])}
      />
    </>
  );
}

function Rows({ title, headings, rows }: { title: string; headings: string[]; rows: string[][] }) {
  return (
    <Panel title={title} flush>
      <div className={facts.scroll}>
        <table className={facts.table}>
          <thead>
            <tr>
              {headings.map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {row.map((cell, n) => (
                  <td key={n}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Editor({ plant, onDone }: { plant: PlantModel | null; onDone: () => void }) {
  const [text, setText] = useState(() => JSON.stringify(plant ?? { schema: 1, site: { id: 'site', name: 'Site', currency: 'EUR' } }, null, 2));
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: async () => {
      let model: PlantModel;
      try {
        model = JSON.parse(text) as PlantModel;
      } catch (error) {
        throw new Error(`This is not JSON: ${error instanceof Error ? error.message : ''}`);
      }
      return api.setPlant(model);
    },
    onSuccess: () => {
      void client.invalidateQueries();
      onDone();
    },
  });
  return (
    <Panel title="Plant model as JSON, with the keys of plant.toml">
      <form
        style={{ display: 'grid', gap: 8 }}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Textarea aria-label="Plant model" autosize minRows={12} maxRows={30} value={text} onChange={(event) => setText(event.currentTarget.value)} styles={{ input: { fontFamily: 'var(--wf-mono)', fontSize: 12 } }} />
        {save.error && <p role="alert">{save.error.message}</p>}
        <div className="row">
          <Button type="submit" variant="filled" loading={save.isPending}>
            Check and put in force
          </Button>
        </div>
      </form>
    </Panel>
  );
}
