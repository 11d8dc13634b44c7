import { CloseButton, Select, TextInput } from '@mantine/core';
import { useThrottledCallback } from '@mantine/hooks';
import { useEffect, useRef, useState } from 'react';
import { useKeys } from '@/lib/keys';

/** Between two searches while somebody types: the first letter is answered at once, a burst is gathered. */
const PAUSE_MS = 60;

/** The search field of a page; `/` puts the cursor into it. What is typed is told on at once, but not every letter of a burst. */
export function SearchField({ value, onChange, label }: { value: string; onChange: (text: string) => void; label: string }) {
  const [text, setText] = useState(value);
  const field = useRef<HTMLInputElement>(null);
  /** What was told and has not come back as `value` yet: an echo must not undo what was typed meanwhile. */
  const told = useRef<string[]>([]);
  const tell = useThrottledCallback((next: string) => {
    told.current.push(next);
    onChange(next);
  }, PAUSE_MS);
  useEffect(() => {
    const at = told.current.lastIndexOf(value);
    told.current = at < 0 ? [] : told.current.slice(at + 1);
    if (at < 0) setText(value);
  }, [value]);
  useKeys({ '/': () => field.current?.focus() });
  const set = (next: string) => {
    setText(next);
    tell(next);
  };
  return (
    <TextInput
      ref={field}
      aria-label={label}
      placeholder={`${label}  ( / )`}
      value={text}
      onChange={(event) => set(event.currentTarget.value)}
      onKeyDown={(event) => event.key === 'Escape' && field.current?.blur()}
      rightSection={text && <CloseButton size="xs" aria-label="Clear the search" onClick={() => set('')} />}
      w={230}
    />
  );
}

interface ChoiceProps {
  label: string;
  value: string | undefined;
  options: { value: string; label: string }[];
  onChange: (value: string | undefined) => void;
  width?: number;
  clearable?: boolean;
}

/** One filter with a few values; empty means all. */
export function Choice({ label, value, options, onChange, width = 150, clearable = true }: ChoiceProps) {
  const known = options.some((option) => option.value === value);
  const data = value && !known ? [...options, { value, label: value }] : options;
  return (
    <Select
      aria-label={label}
      placeholder={label}
      data={data}
      value={value ?? null}
      onChange={(next) => onChange(next ?? undefined)}
      clearable={clearable}
      allowDeselect={clearable}
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      searchable={data.length > 8}
      w={width}
    />
  );
}
