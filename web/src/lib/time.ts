/** Times come as RFC 3339 in UTC; they are shown in the reader's own zone or in UTC, with the other one on hover. */

const pad = (value: number, width = 2) => String(value).padStart(width, '0');

export function parse(text: string | null | undefined): Date | null {
  if (!text) return null;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** `2026-03-02 14:05:09` in local time. */
export function local(at: Date): string {
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** `2026-03-02 14:05:09` in local time or UTC. */
export function stamp(at: Date, inUtc: boolean): string {
  return inUtc ? at.toISOString().slice(0, 19).replace('T', ' ') : local(at);
}

/** `14:05:09` where the day is today, else `03-02 14:05:09`; the year where it differs. */
export function short(at: Date, now: Date, inUtc = false): string {
  const full = stamp(at, inUtc);
  const today = stamp(now, inUtc);
  if (full.slice(0, 10) === today.slice(0, 10)) return full.slice(11);
  return full.slice(0, 4) === today.slice(0, 4) ? full.slice(5) : full.slice(0, 16);
}

/** `2026-03-02 13:05:09.120 UTC`. */
export function utc(at: Date): string {
  return `${at.toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}

/** How far local time is from UTC at a moment: `UTC+1`, `UTC−3:30`, `UTC`. */
export function offset(at: Date): string {
  const minutes = -at.getTimezoneOffset();
  if (minutes === 0) return 'UTC';
  const size = Math.abs(minutes);
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(size / 60)}${size % 60 === 0 ? '' : `:${pad(size % 60)}`}`;
}

/** `3 s`, `4 min`, `2 h`, `5 d`: how long a span is, in its largest fitting unit. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 129_600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** The value of a `datetime-local` input for a moment. */
export function toInput(at: Date): string {
  return local(at).slice(0, 16).replace(' ', 'T');
}
