import { useCoverage } from '@/api/hooks';
import type { CoverageRow } from '@/api/types';
import { bytes, count, percent } from '@/lib/format';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { Empty, standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import facts from '@/ui/Facts.module.css';

const PARTS: { name: string; of: (row: CoverageRow) => number; colour: string }[] = [
  { name: 'Parsed', of: (row) => row.parsed, colour: 'var(--wf-data)' },
  { name: 'Encrypted', of: (row) => row.encrypted, colour: 'var(--wf-p4)' },
  { name: 'Not parsed', of: (row) => row.not_parsed, colour: 'var(--wf-line)' },
  { name: 'Damaged', of: (row) => row.damaged, colour: 'var(--wf-p2)' },
  { name: 'Dropped', of: (row) => row.dropped, colour: 'var(--wf-p1)' },
];

/** What was seen of each segment, and what was not understood: said, not hidden. */
export function CoveragePage() {
  const answer = useCoverage();
  const rows = answer.data ?? [];
  return (
    <Page title="Coverage">
      {standIn(answer, 'coverage') ?? (
        <>
          {rows.length === 0 && <Empty title="Nothing was captured yet" />}
          {rows.length > 0 && (
            <Panel title="Segments" flush>
              <div className={facts.scroll}>
                <table className={facts.table}>
                  <thead>
                    <tr>
                      <th scope="col">Segment</th>
                      <th scope="col">Share understood</th>
                      {['Packets', 'Bytes', 'Parsed', 'Not parsed', 'Dropped', 'One-sided', 'Encrypted', 'Damaged', 'Evicted'].map((name) => (
                        <th key={name} scope="col" data-numeric>
                          {name}
                        </th>
                      ))}
                      <th scope="col">From</th>
                      <th scope="col">To</th>
                    </tr>
                  </thead>
                  <tbody>
                    {rows.map((row) => (
                      <Segment key={`${row.sensor}/${row.segment}`} row={row} />
                    ))}
                  </tbody>
                </table>
              </div>
            </Panel>
          )}
          {rows.map((row) => (
            <Protocols key={`${row.sensor}/${row.segment}`} row={row} />
          ))}
        </>
      )}
    </Page>
  );
}

function Segment({ row }: { row: CoverageRow }) {
  const all = row.packets + row.dropped;
  return (
    <tr>
      <th scope="row">
        {row.sensor} · {row.segment}
      </th>
      <td style={{ minWidth: 180 }}>
        <div className={facts.bar} role="img" aria-label={PARTS.map((part) => `${part.name} ${percent(part.of(row), all)}`).join(', ')}>
          {PARTS.map((part) => (
            <span key={part.name} title={`${part.name} ${percent(part.of(row), all)}`} style={{ width: `${(100 * part.of(row)) / Math.max(1, all)}%`, background: part.colour }} />
          ))}
        </div>
        {percent(row.parsed, all)}
      </td>
      {[row.packets].map(count).concat(bytes(row.bytes), [row.parsed, row.not_parsed, row.dropped, row.one_sided, row.encrypted, row.damaged, row.evicted].map(count)).map((text, at) => (
        <td key={at} data-numeric>
          {text}
        </td>
      ))}
      <td>
        <Time at={row.first_seen} />
      </td>
      <td>
        <Time at={row.last_seen} />
      </td>
    </tr>
  );
}

function Protocols({ row }: { row: CoverageRow }) {
  return (
    <Panel title={`Protocols on ${row.segment}`} flush>
      <table className={facts.table}>
        <thead>
          <tr>
            <th scope="col">Protocol</th>
            <th scope="col" data-numeric>
              Packets
            </th>
            <th scope="col" data-numeric>
              Share
            </th>
          </tr>
        </thead>
        <tbody>
          {row.protocols.slice(0, 40).map((protocol) => (
            <tr key={protocol.protocol}>
              <td>{protocol.protocol}</td>
              <td data-numeric>{count(protocol.packets)}</td>
              <td data-numeric>{percent(protocol.packets, row.packets)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
