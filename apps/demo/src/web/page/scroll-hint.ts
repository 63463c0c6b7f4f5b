/** Marks an element that scrolls sideways with the ends at which there is more: `more-left`, `more-right`. */
export function hintAtScroll(element: HTMLElement): void {
  const update = (): void => {
    const { scrollLeft, scrollWidth, clientWidth } = element;
    element.classList.toggle('more-left', scrollLeft > 2);
    element.classList.toggle('more-right', scrollLeft + clientWidth < scrollWidth - 2);
  };
  element.addEventListener('scroll', update, { passive: true });
  new ResizeObserver(update).observe(element);
}
