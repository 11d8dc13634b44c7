import type { ReactNode } from 'react';
import { api } from '@/api/client';
import type { Finding } from '@/api/types';
import { useMay } from '@/app/session';
import { money, number, words } from '@/lib/format';
import { AssetLink, PacketLinks } from '@/ui/AssetLink';
import { PriorityMark } from '@/ui/PriorityMark';
import { Time } from '@/ui/Time';
import classes from './TriagePage.module.css';

/** Everything that both teams need to know of one finding. */
export function Detail({ finding, actions }: { finding: Finding; actions: ReactNode }) {
  const assessment = finding.assessment;
  const packets = [...new Set(finding.evidence.flatMap((piece) => piece.packets))];
  const { may } = useMay('packets.read');
  return (
    <section className={classes.detail} aria-label="The finding">
      <div className="row wrap">
        <PriorityMark priority={finding.priority} />
        <h2 className="grow">{finding.title}</h2>
        {actions}
      </div>
      <p className="muted">
        Rank {finding.rank} · {words(finding.state)} · <Time at={finding.first_time} /> to <Time at={finding.time} /> · {finding.count} × · {number(finding.minutes_to_respond)} minutes to respond
        {finding.handled_by && ` · ${finding.handled_by}: ${finding.handled_reason ?? ''}`}
      </p>
      <div className={classes.sentence}>
        <h3>For the plant</h3>
        <p>{finding.plant_sentence}</p>
      </div>
      <div className={classes.sentence}>
        <h3>For the SOC</h3>
        <p>{finding.soc_sentence}</p>
        <p className="muted">
          ATT&CK for ICS {finding.techniques.join(', ')} · rule {finding.rule}
        </p>
      </div>
      <section aria-label="What it would do to operations">
        <h3>
          What it would do to operations: {money(assessment.loss, assessment.currency)} at stake, {money(assessment.expected_loss, assessment.currency)} expected
        </h3>
        <ol>
          {assessment.steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      </section>
      <section aria-label="What to do">
        <h3>What to do</h3>
        <ol>
          {finding.actions.map((action) => (
            <li key={action}>{action}</li>
          ))}
        </ol>
      </section>
      <section aria-label="Likely causes">
        <h3>Likely causes</h3>
        <ul>
          {finding.causes.map((cause) => (
            <li key={cause}>{cause}</li>
          ))}
        </ul>
      </section>
      <section aria-label="Machines concerned">
        <h3>Machines concerned</h3>
        <p className="row wrap">
          {finding.assets.map((id, at) => (
            <AssetLink key={id} id={id} name={finding.asset_names[at] ?? id} />
          ))}
        </p>
      </section>
      <section aria-label="Evidence" id="evidence" tabIndex={-1}>
        <div className="row">
          <h3 className="grow">Evidence</h3>
          {may && packets.length > 0 && <a href={api.pcapngUrl(packets)}>All packets as pcapng</a>}
        </div>
        <table className={classes.evidence}>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">What</th>
              <th scope="col">Frame</th>
              <th scope="col">Packets</th>
            </tr>
          </thead>
          <tbody>
            {finding.evidence.map((piece, at) => (
              <tr key={`${piece.ts}${piece.frame}${at}`}>
                <td>
                  <Time at={piece.ts} />
                </td>
                <td>{piece.text}</td>
                <td className="num">{piece.frame}</td>
                <td>
                  <PacketLinks packets={piece.packets} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
