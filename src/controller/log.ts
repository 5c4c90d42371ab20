import { type DestinationStream, destination, type Logger, pino } from 'pino';
import type { Problem } from '../model/problem.ts';
import { LEVELS, type LogLevel, readableLine } from './log-line.ts';

export type Log = Logger;

export interface LogOptions {
  level: LogLevel;
  /** Whether a person reads standard error as it comes. */
  terminal: boolean;
  color: boolean;
  /** Standard error, if left out. */
  write?: (line: string) => void;
}

/** A log on standard error: JSON lines, or for a terminal lines that a person reads. No line holds a password of a URL. */
export function openLog(options: LogOptions): Log {
  const { level, terminal, color } = options;
  const write = options.write ?? standardError();
  const stream: DestinationStream = {
    write(line) {
      const safe = withoutSecrets(line);
      write(terminal ? readableLine(safe, color) : safe);
    },
  };
  return pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
}

/** Written at once: the last words before an end are the ones that are wanted. */
function standardError(): (line: string) => void {
  const stream = destination({ fd: 2, sync: true });
  // A reader that left must not end the controller.
  stream.on('error', () => {});
  return (line) => void stream.write(line);
}

/** A problem is a line of its own, which names the document and the place in it. */
export function logProblem(log: Log, problem: Problem): void {
  const { code, severity, message, source, path, hint } = problem;
  const at = source === null ? {} : { file: source.file, line: source.line, column: source.column };
  log[severity === 'error' ? 'error' : 'warn'](
    { ...at, code, ...(path && { path }), ...(hint && { hint }) },
    message,
  );
}

export function isLogLevel(text: string): text is LogLevel {
  return LEVELS.some((level) => level === text);
}

/** RFC 3986 userinfo: it stands between `//` and `@`, and in no other place of a line of ours. */
function withoutSecrets(line: string): string {
  return line.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@"'\\]+@/gi, '$1***@');
}
