import type { ReactNode } from 'react';

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg width="20" height="20" viewBox="0 0 20 20" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinejoin="round" strokeLinecap="round" aria-hidden>
      {children}
    </svg>
  );
}

export const Mark = () => (
  <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden>
    <rect width="32" height="32" rx="4" fill="#2b3a47" />
    <path d="M5 22h5l4-12 5 15 3-8h5" fill="none" stroke="#e6e7e8" strokeWidth="2.6" strokeLinejoin="round" strokeLinecap="round" />
  </svg>
);

export const icons = {
  triage: <Icon><path d="M3 5h9M3 10h6M3 15h9M16 3.5v8M16 15.5v.5" /></Icon>,
  map: <Icon><path d="M3 4h5v4H3zM12 4h5v4h-5zM7.5 13h5v4h-5zM5.5 8v2.5h9V8M10 10.5V13" /></Icon>,
  assets: <Icon><path d="M3 4h14v5H3zM3 11h14v5H3zM6 6.5h.01M6 13.5h.01M9 6.5h5M9 13.5h5" /></Icon>,
  conversations: <Icon><path d="M3 7h12M12 4l3 3-3 3M17 13H5M8 10l-3 3 3 3" /></Icon>,
  coverage: <Icon><path d="M3 17V9h3v8M8.5 17V4h3v13M14 17v-6h3v6M2 17h16" /></Icon>,
  settings: <Icon><path d="M3 5h8M15 5h2M3 10h2M9 10h8M3 15h8M15 15h2" /><circle cx="13" cy="5" r="1.8" /><circle cx="7" cy="10" r="1.8" /><circle cx="13" cy="15" r="1.8" /></Icon>,
};
