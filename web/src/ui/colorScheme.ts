/**
 * Element Plus switches its dark palette by a class, so the class follows the system's wish, now
 * and whenever that changes.
 */
export function followColorScheme(): void {
  const dark = window.matchMedia('(prefers-color-scheme: dark)');
  const apply = () => document.documentElement.classList.toggle('dark', dark.matches);
  dark.addEventListener('change', apply);
  apply();
}
