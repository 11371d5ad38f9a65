/**
 * Hands out the console (src/console): the page at `/` and its files below `/assets`, read once and kept in memory, so
 * that no part of an address ever becomes a path on the disk.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { sendProblem } from './problems.ts';

/** Scripts, styles, pictures and answers of this sensor only; nothing inline, nothing from outside, no frame around it. */
export const consolePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
};

/** The name of a file changes with its content. */
const FOR_EVER = 'public, max-age=31536000, immutable';

const notBuilt = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>wardwatch</title>
</head>
<body>
<h1>wardwatch</h1>
<p>The console was not built. In a checkout, <code>node src/console/build.ts</code> builds it; then start wardwatch again.</p>
<p>The interface for programs works without it: <a href="/openapi.json">openapi.json</a>.</p>
</body>
</html>
`;

/** `folder` is where the build wrote it; '' or an empty one gives a page that says so. */
export function serveConsole(app: FastifyInstance, folder: string): void {
  const page =
    folder !== '' && existsSync(join(folder, 'index.html')) ? readFileSync(join(folder, 'index.html')) : null;
  const assets = new Map<string, { type: string; content: Buffer }>();
  const assetFolder = join(folder, 'assets');
  for (const name of page === null ? [] : readdirSync(assetFolder)) {
    const type = types[extname(name)];
    if (type !== undefined) assets.set(name, { type, content: readFileSync(join(assetFolder, name)) });
  }
  // The setup link names its page in the path; all others stand behind the `#`, which a server never sees.
  for (const path of ['/', '/setup']) {
    app.get(path, { schema: { hide: true } }, async (_request, reply) =>
      reply.type('text/html; charset=utf-8').send(page ?? notBuilt),
    );
  }
  app.get<{ Params: { name: string } }>('/assets/:name', { schema: { hide: true } }, async ({ params }, reply) => {
    const asset = assets.get(params.name);
    if (asset === undefined) return sendProblem(reply, 404, 'There is nothing at this address.');
    return reply.type(asset.type).header('cache-control', FOR_EVER).send(asset.content);
  });
}
