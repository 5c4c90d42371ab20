import { isDocumentName } from '../model/tokens.ts';
import type { CommandName } from './commands.ts';
import { UsageError } from './exit.ts';

/** A guest as the command line names it; whether there is one of that name is not known here. */
export function requireGuestName(command: CommandName, text: string | null): string | null {
  if (text === null || isDocumentName(text)) return text;
  throw new UsageError(
    command,
    `'${text}' cannot be the name of a guest`,
    'names are of lower-case letters, digits, dots and dashes',
  );
}
