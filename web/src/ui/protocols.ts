import { useMemo } from 'react';
import { useCoverage } from '@/api/hooks';

/** What stands in coverage for packets of which no protocol was recognised. */
const UNNAMED = new Set(['tcp', 'udp', 'ip', 'link', 'other']);

/** The protocols that were recognised, for a filter. */
export function useProtocols() {
  const rows = useCoverage().data;
  return useMemo(() => {
    const seen = new Set((rows ?? []).flatMap((row) => row.protocols.map((counted) => counted.protocol)));
    const names = [...seen].filter((name) => !UNNAMED.has(name) && !name.includes('/')).sort();
    return names.map((value) => ({ value, label: value }));
  }, [rows]);
}
