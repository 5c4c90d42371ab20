import { LibvirtUnreachable, runVirsh } from '../tools/virsh/connection.ts';
import type { InputFile } from './parsed-file.ts';

/** A name in an XML text, as far as it serves to call the text by. */
const NAME = /<name>([^<]{1,100})<\/name>/;

/**
 * All networks and domains of a libvirt, as they are when they are started next, and the name of its host. Two processes,
 * and more where there are hundreds. Throws LibvirtUnreachable.
 */
export async function readConnection(
  uri: string,
  env: NodeJS.ProcessEnv,
): Promise<{ files: InputFile[]; hostname: string }> {
  const connected = { ...env, LIBVIRT_DEFAULT_URI: uri };
  const [networks, domains, host] = await runVirsh(
    [['net-list', '--all', '--uuid'], ['list', '--all', '--uuid'], ['hostname']],
    connected,
    'read',
  );
  for (const answer of [networks, domains]) {
    if (answer?.error) throw new LibvirtUnreachable(answer.error);
  }
  const dumps = [
    ...uuids(networks?.output).map((uuid) => ['net-dumpxml', '--inactive', uuid]),
    ...uuids(domains?.output).map((uuid) => ['dumpxml', '--inactive', uuid]),
  ];
  const answers = await runVirsh(dumps, connected, 'read');
  const files = answers.flatMap(({ output }, index): InputFile[] => {
    const text = output.trim();
    // It went between the two processes.
    if (text === '') return [];
    const [command = '', , uuid = ''] = dumps[index] ?? [];
    const what = command === 'dumpxml' ? 'domain' : 'network';
    return [{ file: `${what} ${NAME.exec(text)?.[1] ?? uuid}`, bytes: new TextEncoder().encode(text) }];
  });
  return { files, hostname: host?.output.trim() ?? '' };
}

function uuids(output = ''): string[] {
  return output.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi) ?? [];
}
