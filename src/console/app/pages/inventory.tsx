/** The equipment list of the site beside what is on the wire, and the recalls that concern it. */
import { Head } from '../parts/page.tsx';
import { to } from '../route.ts';
import { EquipmentList } from './equipment-list.tsx';
import type { PageProps } from './index.tsx';
import { Recalls } from './recalls.tsx';

const subjects = [
  ['list', 'Equipment list'],
  ['recalls', 'Recalls and advisories'],
] as const;

export function InventoryPage({ query }: PageProps) {
  const about = query.about ?? 'list';
  return (
    <>
      <Head
        title="Equipment and recalls"
        lead="What should be there beside what is, and which of it a maker or an authority has warned about. Nothing is fetched from outside."
      />
      <nav class="bar tabs" aria-label="Subject">
        {subjects.map(([key, name]) => (
          <a
            key={key}
            class="button"
            href={to(['inventory'], { about: key })}
            aria-current={about === key ? 'true' : undefined}
          >
            {name}
          </a>
        ))}
      </nav>
      <div class="grid">{about === 'recalls' ? <Recalls query={query} /> : <EquipmentList query={query} />}</div>
    </>
  );
}
