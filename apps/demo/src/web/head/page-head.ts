import type { Setup } from '../../contract/api.ts';
import { h, icon } from '../page/dom.ts';
import { offeredZones } from '../page/time-zone.ts';
import type { ViewName } from '../../address/page-address.ts';

const TITLES: Readonly<Record<ViewName, string>> = { chart: 'Chart', coverage: 'Coverage', migration: 'Migration' };
const MOON = 'M13 9.5A5.5 5.5 0 0 1 6.5 3 5.5 5.5 0 1 0 13 9.5z';
const SUN =
  'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1';
const MODES = {
  embedded: 'Embedded archive, synthetic',
  live: 'Live: Binance',
  offline: 'Your cache, offline',
} as const;
/** Under this name the theme is kept that somebody chose; until then it is the machine's. */
const THEME = 'vision-cache-theme';
const LIGHT = matchMedia('(prefers-color-scheme: light)');

/** The name, the three views, the zone and the theme. */
export function pageHead(
  setup: Setup,
  on: { view(name: ViewName): void; zone(name: string): void; theme(): void },
): { readonly element: HTMLElement; show(name: ViewName, zone: string): void } {
  const names = (Object.keys(TITLES) as ViewName[]).filter((name) => name !== 'migration' || setup.hasOldCache);
  const links = names.map((name) =>
    h('button', { type: 'button', class: 'tab', 'data-view': name, onclick: () => on.view(name) }, TITLES[name]),
  );

  const zone = h(
    'select',
    { id: 'zone', 'aria-label': 'Times in', onchange: () => on.zone(zone.value) },
    ...offeredZones().map((name) => h('option', { value: name }, name.replace('_', ' '))),
  );
  const theme = h('button', {
    type: 'button', class: 'icon-button', id: 'theme', 'aria-label': 'Dark theme',
    onclick: () => {
      const chosen = isDark() ? 'light' : 'dark';
      localStorage.setItem(THEME, chosen);
      turnTo(chosen);
    },
  }); // prettier-ignore
  function turnTo(name: string): void {
    setTheme(name);
    showTheme();
    on.theme();
  }
  LIGHT.addEventListener('change', () => {
    if (localStorage.getItem(THEME) === null) turnTo(machineTheme());
  });
  function showTheme(): void {
    theme.setAttribute('aria-pressed', String(isDark()));
    theme.setAttribute(
      'title',
      isDark() ? 'The theme is dark. Press for light.' : 'The theme is light. Press for dark.',
    );
    theme.replaceChildren(icon(isDark() ? MOON : SUN));
  }
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
      theme,
    ),
  ); // prettier-ignore
  showTheme();
  return {
    element,
    show(name, zoneName) {
      for (const link of links) link.setAttribute('aria-current', link.dataset['view'] === name ? 'page' : 'false');
      if (![...zone.options].some(({ value }) => value === zoneName))
        zone.append(h('option', { value: zoneName }, zoneName.replace('_', ' ')));
      zone.value = zoneName;
    },
  };
}

/** The theme that was chosen before, or the machine's. Before anything is drawn. */
export function recallTheme(): void {
  setTheme(localStorage.getItem(THEME) ?? machineTheme());
}

const machineTheme = (): string => (LIGHT.matches ? 'light' : 'dark');

const isDark = (): boolean => document.documentElement.dataset['theme'] === 'dark';

function setTheme(theme: string): void {
  document.documentElement.dataset['theme'] = theme;
}
