/** A source that still runs tells something at least this often (keep-alive of the hub, with room for a busy one). */
const QUIET_MS = 60_000;
/** A dropped connection mostly comes back at once; only then is it worth a word. */
const LOST_MS = 5_000;
/** The state is asked for every 15 seconds: three times without an answer. */
const SILENT_MS = 45_000;

interface Standing {
  source: string;
  updated: Date | null;
  now: number;
  /** Since when the live stream is down. */
  lostAt: number | null;
  failed: boolean;
  /** How long ago the server last answered. */
  silent?: number;
}

/** Why the display may no longer be true, or `undefined` where it is. A finished replay never gets old. */
export function isStale({ source, updated, now, lostAt, failed, silent = 0 }: Standing): string | undefined {
  if (failed || silent > SILENT_MS) return 'Watchfloor does not answer: what is shown may be old.';
  if (lostAt !== null && now - lostAt > LOST_MS) return 'The live stream is lost: what is shown may be old. It is being opened again.';
  const runs = source === 'live' || source === 'replay';
  if (runs && updated && now - updated.getTime() > QUIET_MS) return 'No new data for over a minute: the sensor may be down.';
  return undefined;
}
