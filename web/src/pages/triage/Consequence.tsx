import type { Assessment } from '@/api/types';
import { money, number, words } from '@/lib/format';
import { minutes } from './FindingPane';
import classes from './Triage.module.css';

/** Small likelihoods keep their first digit. */
const likelihood = (share: number) => `${Number((100 * share).toPrecision(share < 0.1 ? 1 : 2))} %`;

/** What would stop, for how long, at what cost; and the arithmetic. */
export function Consequence({ assessment }: { assessment: Assessment }) {
  const { currency, harm = 0 } = assessment;
  return (
    <>
      <dl className={classes.figures}>
        <div>
          <dt>Expected loss</dt>
          <dd>{money(assessment.expected_loss, currency)}</dd>
        </div>
        <div>
          <dt>Likelihood of the worst</dt>
          <dd>{likelihood(assessment.likelihood)}</dd>
        </div>
        <div>
          <dt>Production at stake</dt>
          <dd>{money(assessment.loss, currency)}</dd>
        </div>
        <div>
          <dt>{harm > 0 ? `Harm to people, counted as ${money(harm, currency)}` : 'Harm to people'}</dt>
          <dd>{words(assessment.safety || 'none')}</dd>
        </div>
      </dl>
      {!assessment.modelled && <p className={classes.stated}>No plant model covers this asset: stated defaults gave these figures.</p>}
      {assessment.functions.length > 0 && (
        <div className={classes.wide} tabIndex={0} role="region" aria-label="Affected functions">
          <table className="plain">
            <thead>
              <tr>
                <th scope="col">Function</th>
                <th scope="col">Effect</th>
                <th scope="col" className="num">Down</th>
                <th scope="col" className="num">Felt after</th>
                <th scope="col" className="num">Cost</th>
                <th scope="col">Why</th>
              </tr>
            </thead>
            <tbody>
              {assessment.functions.map((fn) => (
                <tr key={`${fn.function}${fn.name}`}>
                  <td>
                    {fn.name}
                    <br />
                    <span className="muted">{fn.place}</span>
                  </td>
                  <td>{words(fn.effect)}</td>
                  <td className="num">{number(fn.hours)} h</td>
                  <td className="num">{minutes(fn.buffer_minutes)}</td>
                  <td className="num">{money(fn.cost, currency)}</td>
                  <td>{fn.reason}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {assessment.steps.length > 0 && (
        <details className={classes.steps}>
          <summary>The calculation, step by step</summary>
          <ol className={classes.list}>
            {assessment.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}
