const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const few = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });

export const count = (value: number) => whole.format(value);

export function number(value: number | null | undefined): string {
  if (value == null || Number.isNaN(value)) return '–';
  return Math.abs(value) >= 1e7 ? value.toExponential(3) : few.format(value);
}

export function money(value: number, currency: string): string {
  if (!currency) return count(value);
  try {
    return new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 0 }).format(value);
  } catch {
    return `${count(value)} ${currency}`;
  }
}

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let left = value;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    at += 1;
  }
  return `${at === 0 ? left : left.toFixed(left < 10 ? 1 : 0)} ${units[at]}`;
}

export function percent(part: number, total: number): string {
  if (total <= 0) return '–';
  const share = (100 * part) / total;
  if (share > 0 && share < 0.1) return '< 0.1 %';
  return `${share.toFixed(share > 99.9 && share < 100 ? 2 : 1)} %`;
}

const SHORT: Record<string, string> = { hmi: 'HMI', rtu: 'RTU', ip: 'IP', mac: 'MAC', os: 'Operating system', 'remote io': 'Remote I/O', 'scada server': 'SCADA server' };

/** `engineering_station` → `Engineering station`. */
export function words(name: string): string {
  const text = name.replaceAll('_', ' ').trim();
  const short = SHORT[text];
  return short ?? text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 finding`, `2 findings`. */
export const plural = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

export function level(value: number | null | undefined): string {
  return value == null ? '–' : String(value);
}
