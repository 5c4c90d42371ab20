import { expect, test } from 'vitest';
import type { SysctlWrite } from '../../src/model/step.ts';
import { runInNamespace } from '../support/in-namespace.ts';
import { withNamespace } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';

type Sysctl = typeof import('../../src/tools/sysctl.ts');

const forwarding = (link: string) => `net/ipv4/conf/${link}/forwarding`;

describeNeeding(['root'], 'settings below /proc/sys', () => {
  test('are written and read in this namespace, for links with a dot in their name too', () =>
    withNamespace(async (ns) => {
      ns.ip('link add name a.b type bridge\n');
      const writes = [{ path: forwarding('a.b'), value: '1' }];
      expect(
        await runInNamespace<Sysctl, 'writeSysctls'>(ns, 'src/tools/sysctl.ts', 'writeSysctls', [writes]),
      ).toEqual({
        ok: true,
      });
      const paths = [forwarding('a.b'), forwarding('lo'), forwarding('absent')];
      expect(
        await runInNamespace<Sysctl, 'readSysctls'>(ns, 'src/tools/sysctl.ts', 'readSysctls', [paths]),
      ).toEqual(
        new Map([
          [forwarding('a.b'), '1'],
          [forwarding('lo'), '0'],
        ]),
      );
    }));

  test.each<[SysctlWrite, string | null]>([
    [{ path: forwarding('absent'), value: '1' }, 'this kernel has no such setting, or its link is gone'],
    [{ path: forwarding('absent'), value: '1', optional: true }, null],
    [{ path: 'net/ipv6/conf/lo/addr_gen_mode', value: '77' }, 'the kernel does not take this value'],
    [{ path: 'net/ipv4/conf/lo', value: '1' }, 'operation on a directory'],
  ])('%o: says what is wrong', (write, words) =>
    withNamespace(async (ns) => {
      const result = await runInNamespace<Sysctl, 'writeSysctls'>(ns, 'src/tools/sysctl.ts', 'writeSysctls', [
        [write],
      ]);
      expect(result).toEqual(
        words === null
          ? { ok: true }
          : {
              ok: false,
              message: expect.stringMatching(
                new RegExp(`^/proc/sys/${write.path} cannot be set to ${write.value}: .*${words}`),
              ),
            },
      );
    }),
  );

  test.each(['../etc/passwd', 'net/../../etc/passwd', '/etc/passwd', 'net/ipv4/..', 'net ipv4', ''])(
    'a path %j that leads elsewhere is refused',
    async (path) => {
      const { writeSysctls } = await import('../../src/tools/sysctl.ts');
      expect(() => writeSysctls([{ path, value: '1' }])).toThrow(/not a path below/);
    },
  );
});
