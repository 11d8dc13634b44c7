import { useMemo } from 'react';
import { usePlant } from '@/api/hooks';

/** The zones of the plant model, for a filter. */
export function useZones() {
  const plant = usePlant().data;
  return useMemo(() => (plant?.zone ?? []).map((zone) => ({ value: zone.id, label: zone.name })), [plant]);
}

/** A zone's name from its id: people know the name. */
export function useZoneName() {
  const zones = useZones();
  return useMemo(() => {
    const names = new Map(zones.map((zone) => [zone.value, zone.label]));
    return (id: string | null | undefined) => (id ? (names.get(id) ?? id) : 'Unknown');
  }, [zones]);
}

export function ZoneName({ id }: { id: string | null | undefined }) {
  const name = useZoneName()(id);
  return id ? name : <span className="muted">{name}</span>;
}
