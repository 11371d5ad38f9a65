/** Line drawings of the navigation, 18 units wide. */
const paths = {
  now: 'M2 10h3l2-5 4 9 2.500-6 1 2H16',
  incidents: 'M9 2.500 16.500 15.500h-15ZM9 7v4M9 13.200v.1',
  devices: 'M2.500 3.500h13v9h-13ZM6 15.500h6M9 12.500v3',
  network: 'M9 2.500v4M9 6.500 4 11.500M9 6.500l5 5M2.500 11.500h3v3h-3ZM12.500 11.500h3v3h-3ZM7.500 1.500h3v3h-3Z',
  clinical: 'M9 3v12M3 9h12',
  baseline: 'M2.500 13.500c3 0 3-9 6.500-9s3.500 9 6.500 9M2.500 15.500h13',
  replays: 'M4 4.500v9l8-4.500ZM14.500 4.500v9',
  sensor:
    'M9 9.500v.1M5.800 12.500a4.500 4.500 0 0 1 0-6.500M12.200 6a4.500 4.500 0 0 1 0 6.500M3.500 14.500a8 8 0 0 1 0-11M14.500 3.500a8 8 0 0 1 0 11',
  settings: 'M3 5h7M13 5h2M3 9h2M8 9h7M3 13h8M14 13h1M10 3.500v3M5 7.500v3M11 11.500v3',
  inventory: 'M4 2.500h10v13H4ZM6.500 6h5M6.500 9h5M6.500 12h3',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
      <path
        d={paths[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.500"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}

export function Logo() {
  return (
    <svg viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="var(--accent)" />
      <path
        d="M5 17h5l2.500-7 4.500 14 4-10 1.500 3h4.500"
        fill="none"
        stroke="var(--accent-ink)"
        stroke-width="2.600"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
