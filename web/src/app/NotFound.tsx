import { Link } from '@tanstack/react-router';
import classes from './Login.module.css';

export function NotFound() {
  return (
    <main className={classes.page}>
      <title>Not found · Watchfloor</title>
      <div className={classes.form}>
        <h1>There is no such page</h1>
        <p>
          <Link to="/triage">Go to Triage</Link>
        </p>
      </div>
    </main>
  );
}
