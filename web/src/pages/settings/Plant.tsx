import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { api } from '@/api/client';
import { usePlant, useStatus } from '@/api/hooks';
import type { PlantModel } from '@/api/types';
import { useMay } from '@/app/session';
import { count } from '@/lib/format';
import { filled, problems } from '@/lib/plant';
import { Panel } from '@/ui/Panel';
import { Permitted } from '@/ui/Permitted';
import { Empty, standIn } from '@/ui/States';
import { SECTIONS } from './plantFields';
import { Rows } from './Rows';
import classes from './Settings.module.css';

/** The plant model: zones, conduits, areas, units and functions, to look at and to change. */
export function Plant() {
  const answer = usePlant();
  const status = useStatus().data;
  const [draft, setDraft] = useState<PlantModel | null>(null);
  const client = useQueryClient();
  const { may } = useMay('plant.edit');
  const kept = answer.data ? filled(answer.data) : null;
  const save = useMutation({
    mutationFn: (plant: PlantModel) => api.setPlant(plant),
    onSuccess: async () => {
      setDraft(null);
      await client.invalidateQueries({ predicate: (query) => query.queryKey[0] !== 'me' });
    },
  });
  useBlocker({ shouldBlockFn: () => draft !== null && !window.confirm('Leave without saving the plant model?'), enableBeforeUnload: () => draft !== null });

  const instead = standIn(answer, 'the plant model');
  if (instead) return instead;
  const empty = (): PlantModel => ({ schema: 1, site: { id: status?.site || 'site', name: status?.site_name || 'Site', currency: 'EUR' }, zone: [], conduit: [], area: [], unit: [], function: [] });
  if (!kept && !draft) {
    return (
      <Empty title="No plant model is loaded">
        <p>With one, findings are ranked by what would stop in production; without it, stated defaults are used.</p>
        <Permitted permission="plant.edit" mt={10} onClick={() => setDraft(empty())}>
          Begin one
        </Permitted>
      </Empty>
    );
  }
  const plant = draft ?? (kept as PlantModel);
  const wrong = draft ? problems(draft) : [];
  return (
    <div className={classes.stack} data-wide>
      <div className={`row wrap ${classes.tools}`}>
        <span className="grow">
          <strong>{plant.site.name}</strong> <span className="mono">{plant.site.id}</span>, {count(plant.zone.length)} zones, {count(plant.conduit.length)} conduits, {count(plant.function.length)} functions, costs in {plant.site.currency}
        </span>
        {draft ? (
          <>
            <Button variant="filled" loading={save.isPending} disabled={wrong.length > 0} onClick={() => save.mutate(draft)}>
              Save the model
            </Button>
            <Button onClick={() => { setDraft(null); save.reset(); }}>Discard changes</Button>
          </>
        ) : (
          <Permitted permission="plant.edit" onClick={() => setDraft(structuredClone(plant))}>
            Edit
          </Permitted>
        )}
      </div>
      {(save.error || wrong.length > 0) && (
        <div role="alert" className={classes.alert}>
          {save.error && <p>{save.error.message}</p>}
          <ul>{wrong.slice(0, 8).map((text) => <li key={text}>{text}</li>)}</ul>
        </div>
      )}
      {SECTIONS.map((section) => (
        <Panel key={section.key} title={section.title} flush>
          <Rows section={section} plant={plant} onChange={draft && may ? setDraft : undefined} />
        </Panel>
      ))}
    </div>
  );
}
