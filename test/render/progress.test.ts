import { expect, it, vi } from 'vitest';
import { progress } from '../../src/render/progress.ts';

function screen() {
  const written: string[] = [];
  return { written, columns: 20, write: (text: string) => written.push(text) };
}

it('shows nothing where no person watches, or when the run is over before it is due', async () => {
  const pipe = screen();
  const piped = progress(pipe, { tty: false, after: 0 });
  const terminal = screen();
  const quick = progress(terminal, { tty: true, after: 60_000 });
  for (const line of [piped, quick]) {
    line.update(1, 2, 'links');
    line.end();
  }
  expect([...pipe.written, ...terminal.written]).toEqual([]);
});

it('shows one line, no longer than the terminal and safe, and erases it', async () => {
  const terminal = screen();
  const line = progress(terminal, { tty: true, after: 0 });
  line.update(1, 2000, 'links of \x1b[2J everything');
  await vi.waitFor(() => expect(terminal.written).toHaveLength(1));
  expect(terminal.written[0]).toBe('\r\x1b[Klinks of \\x1b[2J ev');
  line.update(2000, 2000, 'links');
  expect(terminal.written.at(-1)).toBe('\r\x1b[Klinks 2000/2000');
  line.end();
  line.update(1, 1, 'late');
  expect(terminal.written.at(-1)).toBe('\r\x1b[K');
});
