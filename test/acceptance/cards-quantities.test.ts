/** The cards of quantity and time on captures of the laboratory: minutes of traffic are too little for them to speak. */
import t from 'tap';
import { labPath, lacksLab, replayFile } from '../support/replayed.ts';

const cards = new Set(['EX-01', 'EX-02', 'EX-04', 'EX-08', 'BL-04', 'BL-06', 'BL-09', 'ME-01']);

for (const name of ['p32_shift_benign_only', 'p31_shift_reverse_shell', 'p05_hl7_benign']) {
  t.test(`${name}: no card of quantity or time speaks`, { skip: lacksLab }, async (t) => {
    const { report } = await replayFile(labPath(`${name}.pcap`), { learnUntil: { afterUs: 120e6 } });
    t.same(
      report.alerts.filter(({ detector }) => cards.has(detector)).map(({ detector, happened }) => [detector, happened]),
      [],
    );
  });
}
