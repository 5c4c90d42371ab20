import { parseListen } from '../controller/listen-address.ts';
import { isLogLevel } from '../controller/log.ts';
import { watchHost } from '../controller/watch-host.ts';
import type { DesiredSource } from '../controller/words.ts';
import { cacheDirectory, stateDirectory } from '../tools/directories.ts';
import { UsageError } from './exit.ts';
import type { Io } from './io.ts';
import { type Options, parseOptions } from './options.ts';

type WatchOptions = Options<'watch'>;

/** Seconds between fetches. */
const INTERVAL = { default: 60, least: 1, most: 86_400 };

/** `plumbline watch`: the controller. */
export async function run(argv: string[], io: Io): Promise<number> {
  const options = parseOptions('watch', argv);
  const { listen, logLevel, verifySignatures, trustFrom } = options;
  requireFitting(options);
  const address = listen === null ? null : parseListen(listen);
  if (listen !== null && address === null) {
    throw new UsageError(
      'watch',
      `--listen is a port of this machine, not '${listen}'`,
      'such as --listen 9177',
    );
  }
  const { makeSource } = await sourceFactory(options, io);
  return watchHost({
    env: io.env,
    host: options.host,
    source: makeSource,
    verify:
      verifySignatures === null ? null : await verifier(verifySignatures, trustFrom, options.allowForce),
    listen: address,
    log: {
      level: isLogLevel(logLevel) ? logLevel : 'info',
      terminal: io.interactive,
      color: io.errorColor,
    },
  });
}

/** Options that mean nothing without another are a mistake that must not pass in silence. */
function requireFitting({ repo, worktree, branch, path, interval, allowForce, ...rest }: WatchOptions): void {
  if (repo !== null && worktree) throw new UsageError('watch', '--repo and --worktree exclude each other');
  if (repo === null && (branch !== null || path !== null || interval !== null)) {
    throw new UsageError('watch', '--branch, --path and --interval are of --repo, which is missing');
  }
  if (allowForce && repo === null && rest.verifySignatures === null) {
    throw new UsageError('watch', '--allow-force goes with --repo or --verify-signatures');
  }
  if (rest.verifySignatures !== null && worktree) {
    throw new UsageError('watch', '--verify-signatures needs commits, and --worktree follows files');
  }
  if (rest.trustFrom !== null && rest.verifySignatures === null) {
    throw new UsageError('watch', '--trust-from goes with --verify-signatures');
  }
}

async function sourceFactory(
  options: WatchOptions,
  io: Io,
): Promise<{ makeSource(lastGood: () => string | null): DesiredSource }> {
  const cache = cacheDirectory(io.env);
  const { repo, worktree, directory, branch, path, allowForce } = options;
  if (repo !== null) {
    const { cloneSource } = await import('../controller/source/clone.ts');
    const interval = seconds(options.interval);
    const clone = `${stateDirectory(io.env)}/clone`;
    return {
      makeSource: (lastGood) =>
        cloneSource({ url: repo, branch, path, interval, allowForce, directory: clone, cache, lastGood }),
    };
  }
  if (worktree) {
    const { worktreeSource } = await import('../controller/source/worktree.ts');
    return { makeSource: () => worktreeSource({ directory, cache }) };
  }
  const { headSource } = await import('../controller/source/head.ts');
  return { makeSource: () => headSource({ directory, cache }) };
}

function seconds(text: string | null): number {
  if (text === null) return INTERVAL.default;
  const value = Number(text);
  if (Number.isInteger(value) && value >= INTERVAL.least && value <= INTERVAL.most) return value;
  throw new UsageError('watch', `--interval is ${INTERVAL.least} to ${INTERVAL.most} seconds, not '${text}'`);
}

async function verifier(allowedSigners: string, trustFrom: string | null, allowForce: boolean) {
  const { verifySignatures } = await import('../controller/signatures.ts');
  return (repository: string, from: string | null, to: string) =>
    verifySignatures({ repository, allowedSigners, trustFrom, allowForce, from, to });
}
