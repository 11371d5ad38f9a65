/** Opens the console in the page. */
import 'uplot/dist/uPlot.min.css';
import './style.css';
import { render } from 'preact';
import { followAddress } from './route.ts';
import { Shell } from './shell.tsx';
import { applyTheme, theme } from './theme.ts';

applyTheme(theme.value);
followAddress();
const place = document.getElementById('console');
if (place !== null) {
  place.textContent = '';
  render(<Shell />, place);
}
