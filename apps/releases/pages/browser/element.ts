/** Elements from values: whatever comes from a book, a person or the service becomes text, never markup. */

export type Child = Node | string | number | null | readonly Child[];

export interface Attributes {
  /** Null and false leave the attribute out, true sets it empty. */
  readonly [name: string]: string | number | boolean | null | undefined | Listeners;
  readonly on?: Listeners;
}

/** By the name of the event. */
export type Listeners = Readonly<Record<string, (event: Event) => void>>;

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value !== 'object') made.setAttribute(key, value === true ? '' : String(value));
    else for (const [event, listen] of Object.entries(value)) made.addEventListener(event, listen);
  }
  made.append(...flat(children));
  return made;
}

/** Shows these children in place of what the element held. */
export function fill(holder: Element, ...children: readonly Child[]): void {
  holder.replaceChildren(...flat(children));
}

function flat(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child): (Node | string)[] => {
    if (child === null) return [];
    if (typeof child === 'number') return [String(child)];
    return typeof child === 'string' || child instanceof Node ? [child] : flat(child);
  });
}
