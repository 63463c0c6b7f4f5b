/** What hands and keys ask of the view. Shares are of the width in view; 0 is its left end, 1 its right one. */
export interface ViewMoves {
  /** By a share of the width; a negative one goes back in time. */
  pan(share: number): void;
  /** Below 1 nearer, above 1 further away. */
  zoom(factor: number, anchor: number): void;
  toFirst(): void;
  toLast(): void;
}

/** Per notch of a wheel (100 units) the view grows or shrinks by this. */
const WHEEL_ZOOM = 1.25;
/** Speed kept per millisecond after the hand has let go: half of it is gone after 110 ms. */
const GLIDE_PER_MILLISECOND = 0.9937;
const SLOWEST_GLIDE = 0.00004;

/** Lets pointers, wheels and keys move the view. `width` is of the candles alone, in pixels. */
export function listenForGestures(element: HTMLElement, width: () => number, moves: ViewMoves): void {
  const pointers = new Map<number, { x: number; y: number }>();
  let speed = 0;
  let moved = 0;
  let glide = 0;

  const shareAt = (clientX: number): number => (clientX - element.getBoundingClientRect().left) / Math.max(width(), 1);
  const gap = (): number => {
    const [a, b] = [...pointers.values()];
    return a === undefined || b === undefined ? 0 : Math.max(12, Math.abs(a.x - b.x));
  };

  function onMove(event: PointerEvent): void {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const apart = gap();
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (pointers.size === 2) {
      const middle = [...pointers.values()].reduce((sum, { x }) => sum + x / 2, 0);
      moves.zoom(apart / gap(), shareAt(middle));
      return;
    }
    const share = (before.x - event.clientX) / Math.max(width(), 1);
    const now = performance.now();
    speed = 0.6 * speed + (0.4 * share) / Math.max(now - moved, 1);
    moved = now;
    moves.pan(share);
  }

  function onUp(event: PointerEvent): void {
    if (!pointers.delete(event.pointerId)) return;
    if (pointers.size > 0) return;
    window.removeEventListener('pointermove', onMove);
    window.removeEventListener('pointerup', onUp);
    window.removeEventListener('pointercancel', onUp);
    element.classList.remove('dragging');
    if (performance.now() - moved < 60 && !matchMedia('(prefers-reduced-motion: reduce)').matches)
      slide(performance.now());
  }

  function slide(before: number): void {
    glide = requestAnimationFrame((now) => {
      const elapsed = Math.min(now - before, 50);
      moves.pan(speed * elapsed);
      speed *= GLIDE_PER_MILLISECOND ** elapsed;
      if (Math.abs(speed) > SLOWEST_GLIDE) slide(now);
    });
  }

  element.addEventListener('pointerdown', (event) => {
    if (event.button !== 0 || shareAt(event.clientX) > 1) return;
    cancelAnimationFrame(glide);
    speed = 0;
    moved = performance.now();
    if (pointers.size === 0) {
      window.addEventListener('pointermove', onMove);
      window.addEventListener('pointerup', onUp);
      window.addEventListener('pointercancel', onUp);
    }
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    element.classList.add('dragging');
  });

  element.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      cancelAnimationFrame(glide);
      const unit =
        event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : event.deltaMode === WheelEvent.DOM_DELTA_PAGE ? 400 : 1;
      const sideways = event.shiftKey
        ? event.deltaX || event.deltaY
        : Math.abs(event.deltaX) > Math.abs(event.deltaY)
          ? event.deltaX
          : 0;
      if (sideways !== 0) moves.pan((sideways * unit) / Math.max(width(), 1));
      else moves.zoom(WHEEL_ZOOM ** ((event.deltaY * unit) / 100), shareAt(event.clientX));
    },
    { passive: false },
  );

  element.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 0.5 : 0.1;
    const act: Readonly<Record<string, () => void>> = {
      ArrowLeft: () => moves.pan(-step),
      ArrowRight: () => moves.pan(step),
      ArrowUp: () => moves.zoom(1 / WHEEL_ZOOM, 0.5),
      ArrowDown: () => moves.zoom(WHEEL_ZOOM, 0.5),
      '+': () => moves.zoom(1 / WHEEL_ZOOM, 0.5),
      '=': () => moves.zoom(1 / WHEEL_ZOOM, 0.5),
      '-': () => moves.zoom(WHEEL_ZOOM, 0.5),
      PageUp: () => moves.pan(-1),
      PageDown: () => moves.pan(1),
      Home: () => moves.toFirst(),
      End: () => moves.toLast(),
    };
    const action = act[event.key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  });
}
