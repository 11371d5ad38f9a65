/** Node 24's first releases call node:sqlite and type stripping experimental at every start; that helps nobody. */
export function quietWarnings(): void {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning')
      process.stderr.write(`wardwatch: ${warning.name}: ${warning.message}\n`);
  });
}
