/** Things by their names; of two with one name the last. */
export function byName<T extends { name: string }>(things: Iterable<T>): Map<string, T> {
  const named = new Map<string, T>();
  for (const thing of things) named.set(thing.name, thing);
  return named;
}
