/** Why the config repository cannot be read or written, with what to do about it. */
export class RepositoryTrouble extends Error {
  override name = 'RepositoryTrouble';
}
