import type { PlantModel } from '@/api/types';

/** The model with the lists that the server left out as empty ones. */
export function filled(plant: PlantModel): PlantModel {
  return {
    ...plant,
    zone: (plant.zone ?? []).map((zone) => ({ ...zone, subnets: zone.subnets ?? [] })),
    conduit: (plant.conduit ?? []).map((conduit) => ({ ...conduit, protocols: conduit.protocols ?? [] })),
    area: plant.area ?? [],
    unit: plant.unit ?? [],
    function: plant.function ?? [],
  };
}

function doubles(ids: string[]): string[] {
  return [...new Set(ids.filter((id, at) => id !== '' && ids.indexOf(id) !== at))];
}

const LEVELS = [0, 1, 2, 3, 3.5, 4, 5];

/** What cannot be right in a model, one sentence each; the server checks again, and more. */
export function problems(plant: PlantModel): string[] {
  const found: string[] = [];
  const zones = new Set(plant.zone.map((zone) => zone.id));
  const areas = new Set(plant.area.map((area) => area.id));
  const units = new Set(plant.unit.map((unit) => unit.id));
  const functions = new Set(plant.function.map((fn) => fn.id));
  const named = { zone: plant.zone, area: plant.area, unit: plant.unit, function: plant.function };
  for (const [kind, list] of Object.entries(named)) {
    list.forEach((item, at) => {
      if (!/^[A-Za-z0-9_-]+$/.test(item.id)) found.push(`${kind} ${at + 1}: the id takes letters, digits, - and _.`);
      if (item.name.trim() === '') found.push(`${kind} ${item.id || at + 1}: a name is missing.`);
    });
    for (const id of doubles(list.map((item) => item.id))) found.push(`${kind} ${id}: this id is given twice.`);
  }
  for (const zone of plant.zone) if (!LEVELS.includes(zone.purdue_level)) found.push(`zone ${zone.id}: the Purdue level is one of ${LEVELS.join(', ')}.`);
  plant.conduit.forEach((conduit, at) => {
    if (!zones.has(conduit.from) || !zones.has(conduit.to)) found.push(`conduit ${at + 1}: both ends have to be zones of this model.`);
  });
  for (const unit of plant.unit) if (!areas.has(unit.area)) found.push(`unit ${unit.id}: area ${unit.area || '(none)'} is not in this model.`);
  for (const fn of plant.function) {
    if (!units.has(fn.unit)) found.push(`function ${fn.id}: unit ${fn.unit || '(none)'} is not in this model.`);
    for (const other of fn.depends_on ?? []) if (!functions.has(other) || other === fn.id) found.push(`function ${fn.id}: it cannot depend on ${other}.`);
  }
  return found;
}
