/** Opens the console in the page. */
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { render } from 'preact';
import { listenToSensor } from './events.ts';
import { followAddress, leaveOtherPaths } from './route.ts';
import { learnWhoIAm } from './session.ts';
import { Shell } from './shell.tsx';
import { applyTheme, theme } from './theme.ts';

applyTheme(theme.value);
leaveOtherPaths();
followAddress();
void learnWhoIAm();
listenToSensor();
const place = document.getElementById('console');
if (place !== null) {
  place.textContent = '';
  render(<Shell />, place);
}
