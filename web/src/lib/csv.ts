/** One CSV field (RFC 4180). A leading sign or `@` is defused: spreadsheets would run it as a formula. */
export function field(value: unknown): string {
  let text = value == null ? '' : Array.isArray(value) ? value.join(' ') : String(value);
  if (typeof value !== 'number' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function line(values: unknown[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

export function download(name: string, parts: BlobPart[], type: string) {
  const url = URL.createObjectURL(new Blob(parts, { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
