import type { PlantModel } from '@/api/types';

export type SectionKey = 'zone' | 'conduit' | 'area' | 'unit' | 'function';

/** One column of a section: how its value is typed, and where its choices come from. */
export interface Field {
  key: string;
  label: string;
  kind: 'text' | 'number' | 'list' | 'choice';
  choices?: (plant: PlantModel) => string[];
  unit?: string;
  width: number;
}

export interface Section {
  key: SectionKey;
  title: string;
  one: string;
  fields: Field[];
  blank: Record<string, unknown>;
}

const zones = (plant: PlantModel) => plant.zone.map((zone) => zone.id);
const id: Field = { key: 'id', label: 'Id', kind: 'text', width: 130 };
const name: Field = { key: 'name', label: 'Name', kind: 'text', width: 170 };

export const SECTIONS: Section[] = [
  {
    key: 'zone', title: 'Zones', one: 'zone', blank: { id: '', name: '', purdue_level: 1, subnets: [] },
    fields: [id, name, { key: 'purdue_level', label: 'Purdue level', kind: 'number', width: 100 }, { key: 'subnets', label: 'Subnets (CIDR)', kind: 'list', width: 280 }],
  },
  {
    key: 'conduit', title: 'Conduits: traffic that is allowed between zones', one: 'conduit', blank: { from: '', to: '', protocols: [] },
    fields: [
      { key: 'from', label: 'From (clients)', kind: 'choice', choices: zones, width: 160 },
      { key: 'to', label: 'To (servers)', kind: 'choice', choices: zones, width: 160 },
      { key: 'protocols', label: 'Protocols (none: all)', kind: 'list', width: 280 },
    ],
  },
  { key: 'area', title: 'Areas', one: 'area', blank: { id: '', name: '' }, fields: [id, name] },
  {
    key: 'unit', title: 'Units', one: 'unit', blank: { id: '', name: '', area: '' },
    fields: [id, name, { key: 'area', label: 'Area', kind: 'choice', choices: (plant) => plant.area.map((area) => area.id), width: 150 }],
  },
  {
    key: 'function', title: 'Functions and what it costs to lose them', one: 'function',
    blank: { id: '', name: '', unit: '', assets: [], restart_hours: 1, cost_per_hour: 0, buffer_minutes: 0, safety: 'none', redundancy: 'none', depends_on: [] },
    fields: [
      { ...id, width: 140 },
      { ...name, width: 150 },
      { key: 'unit', label: 'Unit', kind: 'choice', choices: (plant) => plant.unit.map((unit) => unit.id), width: 130 },
      { key: 'assets', label: 'Assets (IP, MAC or name)', kind: 'list', width: 170 },
      { key: 'restart_hours', label: 'Restart', unit: 'h', kind: 'number', width: 70 },
      { key: 'cost_per_hour', label: 'Cost per hour', kind: 'number', width: 92 },
      { key: 'buffer_minutes', label: 'Buffer', unit: 'min', kind: 'number', width: 74 },
      { key: 'safety', label: 'Safety', kind: 'choice', choices: () => ['none', 'low', 'medium', 'high'], width: 92 },
      { key: 'redundancy', label: 'Redundancy', kind: 'choice', choices: () => ['none', 'standby', 'parallel'], width: 100 },
      { key: 'depends_on', label: 'Depends on', kind: 'list', choices: (plant) => plant.function.map((fn) => fn.id), width: 136 },
    ],
  },
];
