/** Why nothing can be had from a source now, with what to do about it. It may pass by itself. */
export class SourceTrouble extends Error {
  override name = 'SourceTrouble';
}
