/** Files that a person takes away: made here, or handed out by the sensor. */
import { ask } from './client.ts';

/** Fetched here and not by a link, so that a refusal comes as words and not as a file with words in it. */
export async function fetchFile(url: string, name: string): Promise<void> {
  const content = await ask<Blob>(url, {}, (answer) => answer.blob());
  download(name, content.type, content);
}

export function download(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
