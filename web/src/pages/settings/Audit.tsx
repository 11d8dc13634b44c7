import { useList } from '@/api/hooks';
import type { AuditEntry } from '@/api/types';
import { type Column, DataTable } from '@/ui/DataTable';
import { Empty } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Settings.module.css';

const COLUMNS: Column<AuditEntry>[] = [
  { id: 'id', header: 'No.', width: '70px', numeric: true, cell: (entry) => entry.id },
  { id: 'at', header: 'Time', width: '160px', cell: (entry) => <Time at={entry.at} /> },
  { id: 'user', header: 'Who', width: '140px', cell: (entry) => entry.user },
  { id: 'action', header: 'What', width: '180px', cell: (entry) => entry.action },
  { id: 'object', header: 'On what', width: 'minmax(160px, 1fr)', cell: (entry) => <span className="mono">{entry.object}</span> },
  { id: 'detail', header: 'Details', width: 'minmax(200px, 2fr)', cell: (entry) => <span title={entry.detail}>{entry.detail}</span> },
];

export function Audit() {
  const answer = useList('audit', { limit: 200 });
  return (
    <div className={classes.table}>
      <DataTable label="Record of acts" noun="acts" columns={COLUMNS} answer={answer} rowKey={(entry) => String(entry.id)} empty={<Empty title="Nobody has done anything yet" />} />
    </div>
  );
}
