import type { Problem } from '../model/problem.ts';
import type { Place } from './positions.ts';

/** One document of a file's text, before anybody asks what it means. */
export interface TextDocument {
  /** Where it begins. */
  start: Place;
  /** What is wrong with it as YAML; then `content` is what could be made of it. */
  syntax: Problem[];
  /** Keys that no mapping of ours may have. */
  slips: Problem[];
  /** Why it was not read: its depth or its size. */
  refusal: Problem | null;
  /** null when nothing stands there, or it was refused. */
  content: { value: unknown; place: Place } | null;
}
