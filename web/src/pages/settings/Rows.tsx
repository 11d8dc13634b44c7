import { Button, NumberInput, Select, TagsInput, TextInput } from '@mantine/core';
import type { PlantModel } from '@/api/types';
import { number } from '@/lib/format';
import type { Field, Section } from './plantFields';
import classes from './Settings.module.css';

type Row = Record<string, unknown>;
interface Props {
  section: Section;
  plant: PlantModel;
  /** Absent: only to look at. */
  onChange: ((plant: PlantModel) => void) | undefined;
}

/** One list of the plant model as a table, editable in place. */
export function Rows({ section, plant, onChange }: Props) {
  const rows = plant[section.key] as unknown as Row[];
  const put = (next: Row[]) => onChange?.({ ...plant, [section.key]: next });
  return (
    <div className={classes.wide} tabIndex={0} role="region" aria-label={section.title}>
      {rows.length === 0 && <p className="muted">No {section.one} yet.</p>}
      {rows.length > 0 && (
        <table className={`plain ${classes.rows}`}>
          <thead>
            <tr>
              {section.fields.map((field) => (
                <th scope="col" key={field.key} style={{ width: field.width }} className={field.kind === 'number' && !onChange ? 'num' : undefined}>
                  {field.label}
                  {field.unit && ` (${field.unit})`}
                </th>
              ))}
              {onChange && (
                <th scope="col">
                  <span className="sr">Remove</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <tr key={at}>
                {section.fields.map((field) => (
                  <td key={field.key} className={field.kind === 'number' && !onChange ? 'num' : undefined}>
                    {onChange ? <Cell field={field} value={row[field.key]} plant={plant} label={`${field.label}, ${section.one} ${at + 1}`} onChange={(value) => put(rows.with(at, { ...row, [field.key]: value }))} /> : shown(row[field.key])}
                  </td>
                ))}
                {onChange && (
                  <td>
                    <Button size="compact-xs" aria-label={`Remove ${section.one} ${at + 1}`} onClick={() => put(rows.toSpliced(at, 1))}>
                      Remove
                    </Button>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {onChange && (
        <Button my={6} onClick={() => put([...rows, { ...section.blank }])}>
          Add a {section.one}
        </Button>
      )}
    </div>
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return value.join(', ') || '–';
  return typeof value === 'number' ? number(value) : String(value ?? '') || '–';
}

interface CellProps {
  field: Field;
  value: unknown;
  plant: PlantModel;
  label: string;
  onChange: (value: unknown) => void;
}

function Cell({ field, value, plant, label, onChange }: CellProps) {
  const common = { 'aria-label': label, w: '100%' };
  switch (field.kind) {
    case 'number':
      return <NumberInput {...common} value={value as number} min={0} hideControls onChange={(next) => onChange(typeof next === 'number' ? next : 0)} />;
    case 'list':
      return <TagsInput {...common} value={value as string[]} data={field.choices?.(plant) ?? []} onChange={onChange} splitChars={[',']} />;
    case 'choice':
      return <Select {...common} value={(value as string) || null} data={field.choices?.(plant) ?? []} allowDeselect={false} onChange={(next) => onChange(next ?? '')} />;
    default:
      return <TextInput {...common} value={value as string} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}
