/** Where a capture is dropped or chosen, and handed in while its progress is shown. */
import { useState } from 'preact/hooks';
import { ApiError, address, writeHeaders } from '../client.ts';
import { wordsOf } from '../parts/dialog.tsx';
import { bytes } from '../words.ts';

interface DropProps {
  bytesMax: number;
  onTaken: (name: string) => void;
}

/** A name that the sensor takes: letters, digits and . _ - with the ending of a capture. '' when it has none of those. */
export function captureName(file: string): string {
  const parts = /^(.*?)(\.(?:pcap|pcapng|cap)(?:\.gz)?)$/i.exec(file);
  if (parts === null) return '';
  const stem = (parts[1] ?? '').replaceAll(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return `${stem === '' ? 'capture' : stem.slice(0, 80)}${(parts[2] ?? '').toLowerCase()}`;
}

function handIn(file: File, name: string, onPercent: (percent: number) => void): Promise<void> {
  // Unlike fetch this tells how much has gone out.
  const request = new XMLHttpRequest();
  return new Promise((resolve, reject) => {
    request.open('POST', address('captures', { name }));
    for (const [header, value] of Object.entries({
      ...writeHeaders.value,
      'content-type': 'application/octet-stream',
    })) {
      request.setRequestHeader(header, value);
    }
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      onPercent(total === 0 ? 0 : (100 * loaded) / total),
    );
    request.addEventListener('error', () => reject(new ApiError('offline', 0, 'The connection to the sensor broke.')));
    request.addEventListener('load', () => {
      if (request.status < 300) resolve();
      else reject(refusal(request));
    });
    request.send(file);
  });
}

function refusal({ status, responseText }: XMLHttpRequest): ApiError {
  let detail = '';
  try {
    detail = String((JSON.parse(responseText) as { detail?: unknown }).detail ?? '');
  } catch {
    detail = '';
  }
  return new ApiError(status === 401 ? 'signIn' : 'refused', status, detail || 'The sensor did not take the file.');
}

export function Drop({ bytesMax, onTaken }: DropProps) {
  const [over, setOver] = useState(false);
  const [percent, setPercent] = useState<number | null>(null);
  const [trouble, setTrouble] = useState('');
  const take = async (file: File | undefined): Promise<void> => {
    if (file === undefined) return;
    const name = captureName(file.name);
    setTrouble('');
    if (name === '') {
      setTrouble('This is not named like a capture: .pcap, .pcapng or .cap, also with .gz behind it.');
      return;
    }
    if (file.size > bytesMax) {
      setTrouble(
        `The file has ${bytes(file.size)}; at most ${bytes(bytesMax)} are taken here. Larger ones: wardwatch replay on the command line.`,
      );
      return;
    }
    setPercent(0);
    try {
      await handIn(file, name, setPercent);
      onTaken(name);
    } catch (error) {
      setTrouble(wordsOf(error));
    }
    setPercent(null);
  };
  return (
    <>
      <section
        class={`drop ${over ? 'over' : ''}`}
        aria-label="Hand in a capture"
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <p>Drop a capture here (pcap or pcapng, up to {bytes(bytesMax)}), or</p>
        <p>
          <label class="button">
            choose a file
            <input
              type="file"
              class="sr"
              accept=".pcap,.pcapng,.cap,.gz"
              onChange={({ currentTarget }) => void take(currentTarget.files?.[0])}
            />
          </label>
        </p>
        {percent === null ? null : (
          <p role="status">
            Handing it in … <progress max={100} value={percent} aria-label="Progress of handing in" />
          </p>
        )}
      </section>
      {trouble === '' ? null : (
        <p class="trouble" role="alert">
          {trouble}
        </p>
      )}
      <p class="muted small">
        The file stays on the sensor until somebody removes it. It may hold patient data: nothing of them leaves it
        here.
      </p>
    </>
  );
}
