/** Sizes of the text in a node, in the units of the server's places: the largest still fits two lines into its box. */
export const FONT_MIN = 12;
export const FONT_MAX = 16;

let context: CanvasRenderingContext2D | null | undefined;

function width(text: string, bold: boolean, font: number): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return text.length * font * 0.55;
  context.font = `${bold ? 600 : 400} ${font}px 'IBM Plex Sans', sans-serif`;
  return context.measureText(text).width;
}

/** Takes the middle out of a name that is too wide: the number at its end tells it from the next. Of other texts, the end. */
export function shorten(text: string, room: number, bold: boolean, font: number, name = true): string {
  if (width(text, bold, font) <= room) return text;
  const tail = name ? text.slice(-Math.min(7, Math.floor(text.length / 3))) : '';
  for (let keep = text.length - tail.length - 1; keep > 1; keep -= 1) {
    const short = `${text.slice(0, keep).trimEnd()}…${tail.trimStart()}`;
    if (width(short, bold, font) <= room) return short;
  }
  return `…${tail}`;
}
