/** A whole dashboard as an HTML page: its panels on Grafana's grid, as wide as a browser window on a desk. */
import type { Dashboard } from '../emulator/dashboard.ts';
import type { Range } from '../emulator/influxql.ts';
import { type Ask, framesOfPanel } from '../emulator/panel.ts';
import type { Variables } from '../emulator/variables.ts';
import { drawn, escaped, type Whole } from './drawings.ts';

/** Grafana's grid: unit and gap in pixels; a browser window on a desk. */
const [UNIT, GAP, TITLE] = [30, 8, 32] as const;
export const WIDTH = 1_440;

const STYLE = `
body { margin:0; width:${WIDTH}px; background:#f4f5f5; font:14px Inter,"DejaVu Sans",sans-serif; color:#24292e }
header { padding:8px 12px } header b { font-size:18px } header i { display:block; color:#666; font-style:normal }
header span { display:inline-block; margin:4px 12px 0 0; border:1px solid #ccc; background:#fff; padding:2px 8px }
header span u { color:#1f62e0; text-decoration:none }
main { position:relative } section { position:absolute; box-sizing:border-box; background:#fff; border:1px solid #ddd; overflow:hidden }
h2 { font-size:14px; font-weight:500; margin:0; padding:7px 8px 0; height:25px; white-space:nowrap; overflow:hidden; text-overflow:ellipsis }
.none { display:flex; height:80%; align-items:center; justify-content:center; color:#777; text-align:center; padding:0 12px }
.stat { position:relative; height:100%; display:flex; align-items:center; justify-content:center; text-align:center; font-weight:500; line-height:1.1 }
.curve { position:absolute; bottom:0; left:0 }
table { border-collapse:collapse; table-layout:fixed; width:100%; font-size:14px } th { text-align:left; font-weight:500; color:#1f62e0 }
th,td { height:35px; padding:0 6px; border:1px solid #eee; white-space:nowrap; overflow:hidden; text-overflow:ellipsis } .number { text-align:right } .link { text-decoration:underline }
.bars { display:grid; grid-template-columns:fit-content(60%) 1fr auto; column-gap:8px; height:100%; align-content:space-around; align-items:center; padding:0 8px; box-sizing:border-box }
.bars span { overflow:hidden; white-space:nowrap; text-overflow:ellipsis } .bars i { background:#eee; height:22px } .bars b { display:block; height:100% } .bars em { font-style:normal }
.legend { padding:0 8px; font-size:12px; line-height:20px } .legend span { margin-right:12px; white-space:nowrap } .legend b { display:inline-block; width:14px; height:4px; margin-right:4px; vertical-align:middle }
.pager { text-align:right; color:#777; font-size:12px; padding:12px 4px } svg { font-size:12px; fill:#444 } .lines line { stroke:#e4e4e4 } .edge { stroke:#888 } .graph circle { fill:#fff; stroke:#3B7DD8; stroke-width:3 }
`;

export async function page(dashboard: Dashboard, variables: Variables, range: Range, ask: Ask): Promise<string> {
  const sections: string[] = [];
  for (const panel of dashboard.panels as readonly Whole[]) {
    const { x, y, w, h } = panel.gridPos;
    const column = WIDTH / 24;
    const [width, height] = [w * column - GAP, h * (UNIT + GAP) - GAP];
    const room = { width: width - 18, height: height - TITLE - 10, range };
    const picture = await framesOfPanel(panel, variables, range, ask)
      .then((frames) => drawn(panel, frames, room))
      .catch((error: Error) => `<div class="none">ERROR ${escaped(error.message)}</div>`);
    sections.push(
      `<section style="left:${x * column + GAP / 2}px;top:${y * (UNIT + GAP)}px;width:${width}px;height:${height}px"><h2>${escaped(panel.title)}</h2><div style="height:${room.height}px;padding:4px 8px">${picture}</div></section>`,
    );
  }
  const chosen = dashboard.templating.list
    .filter(({ hide }) => hide !== 2)
    .map(({ name, label }) => `<span>${escaped(label)} <u>${escaped(`${variables.get(name)?.value}`)}</u></span>`);
  const tall = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * (UNIT + GAP);
  return `<!doctype html><meta charset="utf-8"><style>${STYLE}</style><header><b>${escaped(dashboard.title)}</b><i>${escaped(dashboard.description)}</i>${chosen.join('')}</header><main style="height:${tall}px">${sections.join('')}</main>`;
}
