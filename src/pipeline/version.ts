/** The version of this program, as its package names it. */
import manifest from '../../package.json' with { type: 'json' };

export const VERSION: string = manifest.version;
