/** Moves the focus to the field with this id, or to the first radio button of that group. */
export function focusField(id: string): void {
  const element = document.getElementById(id);
  const field = element?.matches('input, textarea') ? element : element?.querySelector('input');
  (field as HTMLElement | null | undefined)?.focus();
}
