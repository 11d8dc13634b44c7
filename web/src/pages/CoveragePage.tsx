import { useCoverage } from '@/api/hooks';
import type { CoverageRow } from '@/api/types';
import { bytes, count, percent } from '@/lib/format';
import { Page } from '@/ui/Page';
import { Panel } from '@/ui/Panel';
import { Empty, standIn } from '@/ui/States';
import { Time } from '@/ui/Time';
import classes from './Coverage.module.css';

const COLUMNS = [
  ['parsed', 'Parsed', 'A decoder understood the payload, or there was none to understand'],
  ['not_parsed', 'Not parsed', 'With payload that nobody decodes'],
  ['encrypted', 'Encrypted', 'The payload is encrypted: seen, not read'],
  ['one_sided', 'One-sided', 'Of flows of which only one direction was seen'],
  ['dropped', 'Dropped', 'Lost by the kernel or a full table'],
  ['damaged', 'Damaged', 'Headers that do not parse'],
  ['evicted', 'Evicted', 'Flows, fragments or requests that fell out of a full table'],
] as const;

/** Above this share a figure stands out: part of the picture is then missing. */
const NOTABLE = 0.1;

const notable = (key: (typeof COLUMNS)[number][0], row: CoverageRow) => key !== 'parsed' && key !== 'encrypted' && row[key] > NOTABLE * row.packets;

export function CoveragePage() {
  const answer = useCoverage();
  const rows = answer.data ?? [];
  return (
    <Page title="Coverage" of={answer} tools={<p className="muted">What was not seen or not understood cannot be watched: this is how much.</p>}>
      {standIn(answer, 'coverage') ??
        (rows.length === 0 ? (
          <Empty title="No segment was seen yet" />
        ) : (
          <>
            <Panel title="Segments" flush>
              <Segments rows={rows} />
            </Panel>
            <div className={classes.cards}>
              {rows.map((row) => (
                <Protocols key={`${row.sensor}${row.segment}`} row={row} />
              ))}
            </div>
          </>
        ))}
    </Page>
  );
}

function Segments({ rows }: { rows: CoverageRow[] }) {
  return (
    <div className={classes.wide} tabIndex={0} role="region" aria-label="Coverage by segment">
      <table className={`plain ${classes.table}`}>
        <thead>
          <tr>
            <th scope="col">Segment</th>
            <th scope="col" className="num">Packets</th>
            <th scope="col" className="num">Bytes</th>
            <th scope="col">Understood</th>
            {COLUMNS.map(([key, word, meaning]) => (
              <th scope="col" key={key} className="num" title={meaning}>
                {word}
              </th>
            ))}
            <th scope="col">Seen</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.sensor}${row.segment}`}>
              <th scope="row">
                {row.segment}
                <div className={`muted ${classes.sensor}`}>{row.sensor}</div>
              </th>
              <td className="num">{count(row.packets)}</td>
              <td className="num">{bytes(row.bytes)}</td>
              <td>
                <Bar row={row} />
              </td>
              {COLUMNS.map(([key]) => (
                <td key={key} className="num" data-notable={notable(key, row) || undefined}>
                  {count(row[key])}
                  <div className="muted">
                    {notable(key, row) && <span aria-hidden>▲ </span>}
                    {percent(row[key], row.packets)}
                  </div>
                </td>
              ))}
              <td>
                <Time at={row.first_seen} />
                <br />
                <Time at={row.last_seen} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={classes.key} aria-hidden>
        <span className={classes.swatch} data-part="parsed" /> parsed
        <span className={classes.swatch} data-part="encrypted" /> encrypted
        <span className={classes.swatch} data-part="not_parsed" /> not parsed
        <span className={classes.swatch} data-part="dropped" /> dropped or damaged
        <span className={classes.notable}>▲ over {100 * NOTABLE} %: part of the picture is missing</span>
      </p>
    </div>
  );
}

function Bar({ row }: { row: CoverageRow }) {
  const total = Math.max(1, row.parsed + row.encrypted + row.not_parsed + row.dropped + row.damaged);
  const parts = { parsed: row.parsed, encrypted: row.encrypted, not_parsed: row.not_parsed, dropped: row.dropped + row.damaged };
  return (
    <div className={classes.bar} role="img" aria-label={`${percent(row.parsed, total)} parsed, ${percent(row.not_parsed, total)} not parsed`}>
      {Object.entries(parts).map(([part, value]) => (
        <span key={part} data-part={part} style={{ width: `${(100 * value) / total}%` }} />
      ))}
    </div>
  );
}

function Protocols({ row }: { row: CoverageRow }) {
  const most = row.protocols[0]?.packets ?? 1;
  return (
    <Panel title={`Protocols on ${row.segment}`}>
      {row.protocols.length === 0 && <p className="muted">None recognised.</p>}
      <table className="plain">
        <tbody>
          {row.protocols.slice(0, 20).map((entry) => (
            <tr key={entry.protocol}>
              <th scope="row" className={classes.name}>
                {entry.protocol}
              </th>
              <td className={classes.bars}>
                <div className={classes.thin} style={{ width: `${(100 * entry.packets) / most}%` }} />
              </td>
              <td className="num">{count(entry.packets)}</td>
              <td className={`num ${classes.share}`}>{percent(entry.packets, row.packets)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Panel>
  );
}
