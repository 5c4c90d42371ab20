/**
 * What becomes of each element and attribute of a format, by its path: `network/ip/@address`. What stands below one that
 * is not carried goes with it.
 */
export type Census = Readonly<Record<string, Fate>>;

export type Fate =
  /** A document says it, or the reader tells why not. */
  | 'carried'
  /** It is of the guest's own hardware, and stays in its domain as it is. */
  | 'guest'
  | { not: string };

export function not(reason: string): Fate {
  return { not: reason };
}

/** The same below another element: `vlan/tag` as `network/vlan/tag`. */
export function below(path: string, census: Census): Census {
  return Object.fromEntries(Object.entries(census).map(([key, fate]) => [`${path}/${key}`, fate]));
}
