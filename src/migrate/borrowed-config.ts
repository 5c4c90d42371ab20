/** One setting of git's, as `git config --list -z` prints it. */
interface Setting {
  section: string;
  subsection: string | null;
  name: string;
  /** null: it stands there without a value, which means yes. */
  value: string | null;
}

/** How somebody is called, signs, and reaches a remote: git-config(1). All else of a repository is its own matter. */
const SECTIONS: ReadonlySet<string> = new Set(['author', 'committer', 'credential', 'gpg', 'http', 'user']);
const SETTINGS: ReadonlySet<string> = new Set([
  'commit.gpgsign',
  'core.askpass',
  'core.sshcommand',
  'push.gpgsign',
]);

/**
 * Of a repository's own settings, those that a commit and a push from a clone of it should go by too, as the text of a
 * config file. `listing` is what `git config --list -z` printed.
 */
export function borrowedConfig(listing: string): string {
  return listing
    .split('\0')
    .filter(Boolean)
    .map(settingOf)
    .filter(({ section, name, subsection }) => {
      return SECTIONS.has(section) || (subsection === null && SETTINGS.has(`${section}.${name}`));
    })
    .map(written)
    .join('');
}

/** A file's lines that set this remote. */
export function remoteConfig(urls: { fetch: string; push: string }): string {
  const setting = { section: 'remote', subsection: 'origin' };
  return (
    written({ ...setting, name: 'url', value: urls.fetch }) +
    (urls.push === urls.fetch ? '' : written({ ...setting, name: 'pushurl', value: urls.push }))
  );
}

function settingOf(line: string): Setting {
  const newline = line.indexOf('\n');
  const key = newline < 0 ? line : line.slice(0, newline);
  const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')];
  return {
    section: key.slice(0, first),
    subsection: first === last ? null : key.slice(first + 1, last),
    name: key.slice(last + 1),
    value: newline < 0 ? null : line.slice(newline + 1),
  };
}

function written({ section, subsection, name, value }: Setting): string {
  const header =
    subsection === null ? `[${section}]` : `[${section} "${subsection.replaceAll(/["\\]/g, '\\$&')}"]`;
  return `${header}\n\t${name}${value === null ? '' : ` = ${quoted(value)}`}\n`;
}

function quoted(value: string): string {
  const escaped = value
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\t', '\\t')
    .replaceAll('\b', '\\b');
  return `"${escaped}"`;
}
