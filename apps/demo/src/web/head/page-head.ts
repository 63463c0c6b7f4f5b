import type { Setup } from '../../contract/api.ts';
import { h, icon } from '../page/dom.ts';
import { offeredZones } from '../page/time-zone.ts';

export type ViewName = 'chart' | 'coverage' | 'migration';

const TITLES: Readonly<Record<ViewName, string>> = { chart: 'Chart', coverage: 'Coverage', migration: 'Migration' };
const MOON = 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z';
const MODES = {
  embedded: 'Embedded archive, synthetic',
  live: 'Live: Binance',
  offline: 'Your cache, offline',
} as const;
const THEME = 'vision-cache-theme';

/** The name, the three views, the zone and the theme. */
export function pageHead(
  setup: Setup,
  on: { view(name: ViewName): void; zone(name: string): void; theme(): void },
): { readonly element: HTMLElement; turnTo(name: ViewName): void } {
  const names = (Object.keys(TITLES) as ViewName[]).filter((name) => name !== 'migration' || setup.hasOldCache);
  const links = names.map((name) =>
    h('button', { type: 'button', class: 'tab', 'data-view': name, onclick: () => turnTo(name) }, TITLES[name]),
  );

  function turnTo(name: ViewName): void {
    for (const link of links) link.setAttribute('aria-current', link.dataset['view'] === name ? 'page' : 'false');
    on.view(name);
  }

  const zone = h(
    'select',
    { id: 'zone', 'aria-label': 'Times in', onchange: () => on.zone(zone.value) },
    ...offeredZones().map((name) => h('option', { value: name }, name.replace('_', ' '))),
  );
  const element = h(
    'header',
    { class: 'page-head' },
    h('div', { class: 'brand' }, h('img', { src: './mark.svg', alt: '', width: 24, height: 24 }), h('span', {}, 'vision-cache')),
    h('nav', { 'aria-label': 'Views' }, ...links),
    h(
      'div',
      { class: 'page-tools' },
      h('span', { class: `badge badge-${setup.mode}` }, MODES[setup.mode]),
      h('label', { class: 'field field-zone' }, h('span', {}, 'Times in'), zone),
      h('button', { type: 'button', class: 'icon-button', id: 'theme', 'aria-label': 'Dark or light', onclick: () => {
        setTheme(document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark');
        on.theme();
      } }, icon(MOON)),
    ),
  ); // prettier-ignore
  return { element, turnTo };
}

/** The theme that was chosen before, or the machine's. Before anything is drawn. */
export function recallTheme(): void {
  setTheme(localStorage.getItem(THEME) ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'));
}

function setTheme(theme: string): void {
  document.documentElement.dataset['theme'] = theme;
  localStorage.setItem(THEME, theme);
}
