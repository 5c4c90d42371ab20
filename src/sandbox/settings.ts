import type { OvsDatapath } from '../model/specs.ts';

/** The environment variable by which the sandbox tells a command in it how a host of namespaces differs from a real one. */
export const SANDBOX_VARIABLE = 'PLUMBLINE_SANDBOX';

/** What holds inside a sandbox and nowhere else. */
export interface SandboxSettings {
  /** Every Open vSwitch bridge runs on this datapath, whatever the documents say. */
  datapath: OvsDatapath;
  /** Networks that cannot be had here, and why: they are left out with a warning. */
  skip: Readonly<Record<string, string>>;
  /** Whether guest devices are given to the users and groups that the documents name. */
  accounts: boolean;
}

/**
 * The settings of the sandbox that this process runs in, null outside of one. Throws on text that the sandbox did not
 * write.
 */
export function sandboxSettings(env: NodeJS.ProcessEnv): SandboxSettings | null {
  const text = env[SANDBOX_VARIABLE];
  if (text === undefined || text === '') return null;
  const settings = parse(text);
  if (settings === null) {
    throw new Error(
      `$${SANDBOX_VARIABLE} is set by plumbline --sandbox alone, and this is not its text: ${text.slice(0, 80)}`,
    );
  }
  return settings;
}

/** The text for the variable. */
export function sandboxVariable(settings: SandboxSettings): string {
  return JSON.stringify(settings);
}

function parse(text: string): SandboxSettings | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { datapath, skip, accounts } = value as Partial<Record<keyof SandboxSettings, unknown>>;
  if ((datapath !== 'netdev' && datapath !== 'system') || typeof accounts !== 'boolean') return null;
  if (typeof skip !== 'object' || skip === null || Array.isArray(skip)) return null;
  const entries = Object.entries(skip);
  if (entries.some(([, why]) => typeof why !== 'string')) return null;
  return {
    datapath,
    accounts,
    skip: Object.fromEntries(entries.map(([network, why]) => [network, String(why)])),
  };
}
