export interface HexLine {
  offset: string;
  bytes: string;
  text: string;
}

/** Sixteen bytes a line: offset, bytes in two groups of eight, printable ASCII. */
export function dump(hex: string): HexLine[] {
  const lines: HexLine[] = [];
  for (let at = 0; at < hex.length; at += 32) {
    const pairs = hex.slice(at, at + 32).match(/../g) ?? [];
    const text = pairs.map((pair) => {
      const code = Number.parseInt(pair, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : '·';
    });
    lines.push({
      offset: (at / 2).toString(16).padStart(4, '0'),
      bytes: `${pairs.slice(0, 8).join(' ')}  ${pairs.slice(8).join(' ')}`.trimEnd(),
      text: text.join(''),
    });
  }
  return lines;
}
