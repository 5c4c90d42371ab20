import type { Finding } from '../model/finding.ts';
import type { Line, Look, Medium } from './line.ts';
import { paintLine, span } from './line.ts';

/** Columns that text is broken at where the terminal is wider. */
const WIDTH = 100;
const INDENT = '    ';

/** What was found on a host, worst first; one line when nothing was. Ends in a newline. */
export function renderDoctorText(host: string | null, findings: readonly Finding[], medium: Medium): string {
  const name = host === null ? 'This host' : `Host ${host}`;
  const lines: Line[] = [headline(name, findings, medium)];
  for (const finding of findings) lines.push([], ...block(finding, medium));
  return `${lines.map((line) => paintLine(line, medium.color)).join('\n')}\n`;
}

function headline(name: string, findings: readonly Finding[], medium: Medium): Line {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  if (findings.length === 0) {
    return [span(`${name}: nothing will fight with Plumbline or break guests`, medium, 'good')];
  }
  if (errors === 0) {
    const words = `${name}: nothing breaks guests now, ${things(warnings)} may`;
    return [span(words, medium, 'warnBold')];
  }
  const verb = errors === 1 ? 'breaks' : 'break';
  const rest = warnings === 0 ? '' : `, ${things(warnings)} more may`;
  return [span(`${name}: ${things(errors)} ${verb} guests or runs${rest}`, medium, 'badBold')];
}

function things(n: number): string {
  return n === 1 ? '1 thing' : `${n} things`;
}

function block({ code, severity, message, found, hint }: Finding, medium: Medium): Line[] {
  const look: Look = severity === 'error' ? 'badBold' : 'warnBold';
  return [
    [span(severity === 'error' ? '  x ' : '  ! ', medium, look), span(code, medium, look)],
    ...wrap(message, medium).map((text): Line => [span(INDENT + text, medium)]),
    ...wrap(`found: ${found}`, medium).map((text): Line => [span(INDENT + text, medium, 'dim')]),
    // Whole, for it is to be copied.
    [span(`${INDENT}→ ${hint}`, medium, 'accent')],
  ];
}

/** Words on lines within the width; a word that is longer has a line of its own. */
function wrap(text: string, { width }: Medium): string[] {
  const room = Math.max(20, Math.min(WIDTH, width) - INDENT.length);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
