import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Finding } from '@/api/types';
import { count, plural } from '@/lib/format';
import { techniqueName } from '@/lib/techniques';
import { AssetLink } from '@/ui/AssetLink';
import { Permitted } from '@/ui/Permitted';
import { PriorityMark } from '@/ui/PriorityMark';
import { Time } from '@/ui/Time';
import type { Act } from './ActDialog';
import { Consequence } from './Consequence';
import { Evidence } from './Evidence';
import { StateMark } from './StateMark';
import classes from './Triage.module.css';

/** One finding with everything that both teams need to answer it. */
export function FindingPane({ finding, onAct }: { finding: Finding; onAct: (act: Act) => void }) {
  const handled = finding.state === 'acknowledged' || finding.state === 'shelved';
  return (
    <article className={classes.pane} aria-label={finding.title}>
      <header className={classes.paneHead}>
        <div className="row wrap">
          <PriorityMark priority={finding.priority} size={22} />
          <span>Rank {finding.rank || '–'}</span>
          <StateMark finding={finding} />
          <span className="muted">
            <When finding={finding} />, {plural(finding.count, 'observation')}
          </span>
        </div>
        <h2 className={classes.paneTitle}>{finding.title}</h2>
        <div className="row wrap">
          <Permitted permission="findings.act" variant="filled" onClick={() => onAct('acknowledge')}>
            Acknowledge (A)
          </Permitted>
          <Permitted permission="findings.act" onClick={() => onAct('shelve')}>
            Shelve (S)
          </Permitted>
          {handled && (
            <Permitted permission="findings.act" onClick={() => onAct('reopen')}>
              Reopen
            </Permitted>
          )}
          <span className={classes.respond}>
            <strong>{minutes(finding.minutes_to_respond)}</strong> to respond
          </span>
        </div>
        {finding.handled_by && <Handled finding={finding} />}
      </header>
      <div className={classes.paneBody} id="details" tabIndex={0} role="region" aria-label="Details of the finding">
        <div className={classes.sentences}>
          <Part title="For the plant">
            <p className={classes.sentence}>{finding.plant_sentence}</p>
          </Part>
          <Part title="For the SOC">
            <p className={classes.sentence}>{finding.soc_sentence}</p>
          </Part>
        </div>
        <div className={classes.sentences}>
          <Part title="What to do">
            <ol className={classes.list}>{finding.actions.map((text) => <li key={text}>{text}</li>)}</ol>
          </Part>
          <Part title="Possible causes">
            <ul className={classes.list}>{finding.causes.map((text) => <li key={text}>{text}</li>)}</ul>
          </Part>
        </div>
        <Part title="What it would do to operations">
          <Consequence assessment={finding.assessment} />
        </Part>
        <div className={classes.sentences}>
          <Part title="Assets">
            <Assets finding={finding} />
          </Part>
          <Part title="Techniques (ATT&CK for ICS)">
            {finding.techniques.length === 0 && <p className="muted">None named.</p>}
            <ul className={classes.bare}>
              {finding.techniques.map((id) => (
                <li key={id}>
                  <span className="mono">{id}</span> {techniqueName(id)}
                </li>
              ))}
            </ul>
          </Part>
        </div>
        <Part title={`Evidence (${count(finding.evidence.length)}${finding.count > finding.evidence.length ? ` of ${count(finding.count)}` : ''})`}>
          <Evidence evidence={finding.evidence} />
        </Part>
        <p className="muted">
          Finding <span className="mono">{finding.id}</span>, rule{' '}
          <Link to="/triage" search={{ rule: finding.rule, state: 'all' }}>
            {finding.rule}
          </Link>
        </p>
      </div>
    </article>
  );
}

export function minutes(value: number): string {
  return value < 120 ? `${Math.round(value)} min` : `${Math.round(value / 60)} h`;
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={classes.part}>
      <h3>{title}</h3>
      {children}
    </section>
  );
}

/** When it was seen, in both teams' time. */
function When({ finding: { first_time, time } }: { finding: Finding }) {
  if (first_time === time) return <Time at={time} both />;
  return (
    <>
      <Time at={first_time} both /> to <Time at={time} both />
    </>
  );
}

function Handled({ finding }: { finding: Finding }) {
  return (
    <p className={classes.handled}>
      {finding.state === 'acknowledged' || finding.state === 'shelved' ? '' : 'Last handled by '}
      {finding.handled_by}, <Time at={finding.handled_at} />{finding.handled_reason && `: “${finding.handled_reason}”`}
      {finding.handled_until && (
        <>
          {' '}
          until <Time at={finding.handled_until} />
        </>
      )}
    </p>
  );
}

function Assets({ finding }: { finding: Finding }) {
  return (
    <ul className={classes.bare}>
      {finding.assets.map((id, at) => (
        <li key={id}>
          <AssetLink id={id} name={finding.asset_names[at] ?? id} /> {id === finding.actor && <span className="muted">acted</span>}{' '}
          <Link to="/triage" search={{ asset: id, state: 'all' }} className="muted" aria-label={`All findings about ${finding.asset_names[at] ?? id}`}>
            all findings
          </Link>
        </li>
      ))}
    </ul>
  );
}
