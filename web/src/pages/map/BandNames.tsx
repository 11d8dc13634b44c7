import { type Ref, useImperativeHandle, useRef } from 'react';
import classes from './Map.module.css';

export interface BandNamesHandle {
  /** Follows the drawing. */
  move: (zoom: number, y: number) => void;
}

/** The names of the Purdue bands at the left edge: they stay there, and stay legible, however the drawing is moved. */
export function BandNames({ bands, ref }: { bands: { label: string; y: number; height: number }[]; ref: Ref<BandNamesHandle> }) {
  const list = useRef<HTMLDivElement>(null);
  useImperativeHandle(ref, () => ({
    move: (zoom, y) => {
      bands.forEach((band, at) => {
        const item = list.current?.children[at] as HTMLElement | undefined;
        if (!item) return;
        item.style.top = `${Math.round(band.y * zoom + y)}px`;
        item.style.height = `${Math.round(band.height * zoom)}px`;
      });
    },
  }));
  return (
    <div ref={list} className={classes.bands} aria-hidden>
      {bands.map((band, at) => {
        const [level, name] = band.label.split(' · ');
        return (
          <div key={band.label} className={classes.band} data-odd={at % 2 === 1 || undefined}>
            <span>
              {level}
              {name && <br />}
              {name}
            </span>
          </div>
        );
      })}
    </div>
  );
}
