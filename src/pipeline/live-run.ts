/** The run of a live sensor in its store: always the same, so that a restart goes on where it was. */
export const LIVE_RUN = 'live';
