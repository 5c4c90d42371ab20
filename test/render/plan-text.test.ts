import { describe, expect, it } from 'vitest';
import { SANDBOX_SKIPPED } from '../../src/model/plan.ts';
import { makeFleet } from '../support/fleet.ts';
import { foreignMacvtap, makeHost, nic, planInMemory } from '../support/host.ts';
import * as sample from './plan-samples.ts';
import { DIRECT, TENANTS, text } from './plan-shown.ts';

describe('a plan as text', () => {
  it('tells what needs a person first, then the networks, then the sum', () => {
    expect(text(sample.mixedPlan())).toMatchInlineSnapshot(`
      "Host kvm-a at 3f2a91c: 5 networks, 28 guests

      Problems
       x red-network has no room for web9 eth0: front0 8/8, eth3 8/8  [pool-full] guests/web9.yaml:8
           → add a device to the pool or raise maxGuests

      Held back: a running guest has the device
       !± office  cache eth0  tap cache-eth0 on br0: multi-queue off → on
              needs a new device; qemu-system-x86 (pid 4121) has it open
       !-         gone eth0   tap gone-eth0 on br0
              not wanted here; cannot tell whether it is in use, so it counts as held (no right to look at other
              processes)
              → done once the device is let go, or by plumbline apply --allow-recreate, which cuts the guest off

      Cannot be done as things are
       !+ office  mail eth0  tap mail-eth0 on br0
              veth link mail-eth0 stands there and is not Plumbline's; asked for by guests/mail.yaml:9
              → rename or remove the link mail-eth0, or give the interface another device name

      Touches running guests
       !~ tenants  app2 eth0  port app2-eth0 of Open vSwitch bridge ovsbr0: VLAN 42 → 43  REWIRES app2

      red-network  direct vepa          pool front0 (eth2) 8/8 full, eth3 6/8   11 guests unchanged
        ~ db1 eth0     macvtap db1-eth0 on eth2: mtu 9000 → 1500      differs, no impact
        + web1 eth0    macvtap web1-eth0 on eth3                      missing
        + web2 eth0    macvtap web2-eth0 on eth3                      missing

      storage      bridge br-storage    1 guest unchanged
        + bridge br-storage, mtu 9000                                 missing
        + uplink eth1 of br-storage                                   missing
        + db1 eth1     tap db1-eth1 on br-storage, isolated           missing

      tenants      openvswitch ovsbr0   1 above, 2 guests unchanged
        + app1 eth0    tap app1-eth0 on ovsbr0, VLAN 42               missing
        + router eth0  tap router-eth0 on ovsbr0, VLANs 20-22,30, native 10  missing

      No longer wanted
        - old eth0     tap old-eth0 on br0                            not wanted here, not in use

      office       bridge br0           2 above, 1 guest unchanged
      backup       bridge br-backup     4 guests unchanged

      Plan: 9 to create, 2 to update, 0 to replace, 1 to delete, 2 held, 1 cannot be done.
      Running guests touched: 1 rewired to another segment (app2).
      (A tap and its Open vSwitch port are one line and count as two.)
      Next: plumbline apply
      "
    `);
  });

  it('tells what became of it, failures first', () => {
    const plan = sample.mixedPlan();
    const outcomes = sample.outcomesOf(plan, {
      'link:web2-eth0': ['failed', 'RTNETLINK answers: Device or resource busy\nCommand failed -:7'],
      'link:br-storage': ['failed', 'RTNETLINK answers: Operation not permitted'],
      'membership:eth1': ['skipped', 'needs br-storage, which failed'],
      'link:db1-eth1': ['skipped', 'needs br-storage, which failed'],
    });
    expect(text(plan, { command: 'apply', outcomes, next: null })).toMatchInlineSnapshot(`
      "Host kvm-a at 3f2a91c: 5 networks, 28 guests

      Failed
       x+ red-network  web2 eth0  macvtap web2-eth0 on eth3  RTNETLINK answers: Device or resource busy
              Command failed -:7
              asked for by guests/web2.yaml:9
       x+ storage      bridge br-storage, mtu 9000           RTNETLINK answers: Operation not permitted
              asked for by networks/storage.yaml:9

      Problems
       x red-network has no room for web9 eth0: front0 8/8, eth3 8/8  [pool-full] guests/web9.yaml:8
           → add a device to the pool or raise maxGuests

      Held back: a running guest has the device
       !± office  cache eth0  tap cache-eth0 on br0: multi-queue off → on
              needs a new device; qemu-system-x86 (pid 4121) has it open
       !-         gone eth0   tap gone-eth0 on br0
              not wanted here; cannot tell whether it is in use, so it counts as held (no right to look at other
              processes)
              → done once the device is let go, or by plumbline apply --allow-recreate, which cuts the guest off

      Cannot be done as things are
       !+ office  mail eth0  tap mail-eth0 on br0
              veth link mail-eth0 stands there and is not Plumbline's; asked for by guests/mail.yaml:9
              → rename or remove the link mail-eth0, or give the interface another device name

      Skipped: what it needs failed
       !+ storage  uplink eth1 of br-storage                       needs br-storage, which failed
       !+ storage  db1 eth1  tap db1-eth1 on br-storage, isolated  needs br-storage, which failed

      Touched running guests
       !~ tenants  app2 eth0  port app2-eth0 of Open vSwitch bridge ovsbr0: VLAN 42 → 43  done; REWIRED app2

      red-network  direct vepa          pool front0 (eth2) 8/8 full, eth3 6/8   1 above, 11 guests unchanged
        ~ db1 eth0     macvtap db1-eth0 on eth2: mtu 9000 → 1500      done
        + web1 eth0    macvtap web1-eth0 on eth3                      done

      tenants      openvswitch ovsbr0   1 above, 2 guests unchanged
        + app1 eth0    tap app1-eth0 on ovsbr0, VLAN 42               done
        + router eth0  tap router-eth0 on ovsbr0, VLANs 20-22,30, native 10  done

      No longer wanted
        - old eth0     tap old-eth0 on br0                            done     not wanted here, not in use

      office       bridge br0           2 above, 1 guest unchanged
      storage      bridge br-storage    3 above, 1 guest unchanged
      backup       bridge br-backup     4 guests unchanged

      Not converged: 5 created, 2 updated, 0 replaced, 1 deleted; 2 failed, 3 skipped, 2 held.
      Running guests touched: 1 rewired to another segment (app2).
      (A tap and its Open vSwitch port are one line and count as two.)
      "
    `);
  });

  it('is in sync in a few lines', () => {
    expect(text(sample.plan([DIRECT, TENANTS], []), { next: null })).toMatchInlineSnapshot(`
      "Host kvm-a at 3f2a91c: 2 networks, 5 guests

      red-network  direct vepa          pool eth3 3/8   3 guests unchanged
      tenants      openvswitch ovsbr0   2 guests unchanged

      In sync: nothing to do.
      "
    `);
  });

  it('is not simply in sync, nor converged, where a sandbox lacks what a network would need', () => {
    const problem = {
      code: SANDBOX_SKIPPED,
      severity: 'warning' as const,
      message: 'network tenants is skipped here: Open vSwitch is not installed',
      source: null,
    };
    const plan = { ...sample.plan([DIRECT, TENANTS], []), problems: [problem] };
    expect(text(plan, { next: null })).toContain('\nIn sync but for what is skipped above: nothing to do.\n');
    const some = {
      ...sample.plan([DIRECT], [sample.create('link', 'a', sample.tap())]),
      problems: [problem],
    };
    const outcomes = sample.outcomesOf(some, {});
    expect(text(some, { command: 'apply', outcomes, next: null })).toContain(
      '\nConverged but for what is skipped above: 1 created',
    );
  });

  it('names the documents with their directory, as check does', () => {
    const shown = text(sample.mixedPlan(), { directory: '/srv/desired/' });
    expect(shown).toContain('[pool-full] /srv/desired/guests/web9.yaml:8\n');
    expect(shown).toContain('asked for by /srv/desired/guests/mail.yaml:9\n');
  });

  it('says what to type once what failed is mended', () => {
    const plan = sample.plan([DIRECT], [sample.create('link', 'a', sample.tap())]);
    const outcomes = sample.outcomesOf(plan, { 'link:a': ['failed', 'no'] });
    expect(text(plan, { command: 'apply', outcomes, next: 'plumbline apply' })).toMatch(
      /\nNext, once that is mended: plumbline apply\n$/,
    );
  });

  it('is ASCII and fits where the terminal can do no better', () => {
    const plan = sample.plan(
      [DIRECT],
      [
        sample.change(
          'replace',
          sample.observed('link', 'web1-eth0', sample.macvtap('eth2'), 'Guest/web1/eth0'),
          sample.wanted('link', 'web1-eth0', sample.macvtap('eth3'), { guests: ['web1'] }),
          { fields: [{ field: 'parent', before: 'eth2', after: 'eth3' }], impact: 'recreate', running: [] },
        ),
      ],
    );
    expect(text(plan, { unicode: false, width: 60 })).toMatchInlineSnapshot(`
      "Host kvm-a at 3f2a91c: 1 network, 3 guests

      red-network  direct vepa   pool eth3 3/8   2 guests
            unchanged
        -+ web1 eth0  macvtap web1-eth0 on eth3: parent
              eth2 -> eth3  differs, not in use

      Plan: 0 to create, 0 to update, 1 to replace, 0 to delete, 0
        held.
      No running guest is interrupted.
      Next: plumbline apply
      "
    `);
  });

  it('breaks between words on a narrow terminal, and loses nothing', () => {
    const wide = text(sample.mixedPlan(), { width: Number.POSITIVE_INFINITY });
    const narrow = text(sample.mixedPlan(), { width: 60 });
    const words = (report: string) => report.split(/\s+/).sort();
    expect(words(narrow)).toEqual(words(wide));
    expect(narrow.split('\n').filter((line) => line.length > 60)).toEqual([]);
    expect(narrow).toMatchInlineSnapshot(`
      "Host kvm-a at 3f2a91c: 5 networks, 28 guests

      Problems
       x red-network has no room for web9 eth0: front0 8/8, eth3
           8/8  [pool-full] guests/web9.yaml:8
           → add a device to the pool or raise maxGuests

      Held back: a running guest has the device
       !± office  cache eth0  tap cache-eth0 on br0: multi-queue
              off → on
              needs a new device; qemu-system-x86 (pid 4121) has
              it open
       !-         gone eth0   tap gone-eth0 on br0
              not wanted here; cannot tell whether it is in use,
              so it counts as held (no right to look at other
              processes)
              → done once the device is let go, or by plumbline
              apply --allow-recreate, which cuts the guest off

      Cannot be done as things are
       !+ office  mail eth0  tap mail-eth0 on br0
              veth link mail-eth0 stands there and is not
              Plumbline's; asked for by guests/mail.yaml:9
              → rename or remove the link mail-eth0, or give the
              interface another device name

      Touches running guests
       !~ tenants  app2 eth0  port app2-eth0 of Open vSwitch
              bridge ovsbr0: VLAN 42 → 43
              REWIRES app2

      red-network  direct vepa          pool front0 (eth2) 8/8
            full, eth3 6/8   11 guests unchanged
        ~ db1 eth0     macvtap db1-eth0 on eth2: mtu 9000 → 1500
              differs, no impact
        + web1 eth0    macvtap web1-eth0 on eth3  missing
        + web2 eth0    macvtap web2-eth0 on eth3  missing

      storage      bridge br-storage    1 guest unchanged
        + bridge br-storage, mtu 9000         missing
        + uplink eth1 of br-storage           missing
        + db1 eth1     tap db1-eth1 on br-storage, isolated
              missing

      tenants      openvswitch ovsbr0   1 above, 2 guests
            unchanged
        + app1 eth0    tap app1-eth0 on ovsbr0, VLAN 42  missing
        + router eth0  tap router-eth0 on ovsbr0, VLANs 20-22,30,
              native 10  missing

      No longer wanted
        - old eth0     tap old-eth0 on br0    not wanted here, not
              in use

      office       bridge br0           2 above, 1 guest unchanged
      backup       bridge br-backup     4 guests unchanged

      Plan: 9 to create, 2 to update, 0 to replace, 1 to delete, 2
        held, 1 cannot be done.
      Running guests touched: 1 rewired to another segment (app2).
      (A tap and its Open vSwitch port are one line and count as
        two.)
      Next: plumbline apply
      "
    `);
  });

  it('is not in sync while a problem needs somebody', () => {
    const problem = {
      code: 'pool-full',
      severity: 'error',
      message: 'no room for web9 eth0',
      source: null,
    } as const;
    const report = text(sample.plan([DIRECT], [], [problem]), { next: null });
    expect(report).toContain('no room for web9 eth0');
    expect(report).toContain('Nothing to change, but 1 problem above needs you.');
    expect(report).not.toContain('In sync');
  });

  it('says that nothing is left to tear down', () => {
    expect(text(sample.plan([], []), { command: 'teardown', next: null })).toBe(
      "Host kvm-a: all that Plumbline owns here\n\nNothing here is Plumbline's: nothing to remove.\n",
    );
  });
});

describe('a tap and its Open vSwitch port', () => {
  const tap = sample.create('link', 'a-eth0', sample.tap(), { guests: ['a'], network: 'tenants' });
  const port = sample.create('ovs-port', 'a-eth0', sample.port(42), { guests: ['a'], network: 'tenants' });

  it('are one line that says so when they are made together', () => {
    const report = text(sample.plan([TENANTS], [tap, port]));
    expect(report.match(/^ {2}\+ /gm)).toHaveLength(1);
    expect(report).toContain('a eth0  tap a-eth0 on ovsbr0, VLAN 42');
    expect(report).toContain('Plan: 2 to create');
    expect(report).toContain('count as two');
  });

  it('are two when one of them alone failed', () => {
    const plan = sample.plan([TENANTS], [tap, port]);
    const outcomes = sample.outcomesOf(plan, {
      'ovs-port:a-eth0': ['failed', 'could not open network device'],
    });
    const report = text(plan, { outcomes });
    expect(report).toMatch(/^ x\+ tenants {2}a eth0 {2}port a-eth0 .* could not open network device$/m);
    expect(report).toMatch(/^ {2}\+ a eth0 {2}tap a-eth0 +done$/m);
  });
});

describe('two documents that want one thing', () => {
  it('are told apart: who has it, and who asks for it in vain', () => {
    const fleet = makeFleet({
      networks: { lan: {}, red: {} },
      hosts: {
        h: {
          devices: { front0: { match: { mac: '02:00:00:00:00:02' } } },
          networks: {
            lan: { type: 'bridge', bridge: 'br0', manage: true, uplinks: ['eth2'] },
            red: { type: 'direct', mode: 'vepa', pool: [{ device: 'front0' }] },
          },
        },
      },
      guests: { web1: { host: 'h', interfaces: [{ name: 'eth0', network: 'red' }] } },
    });
    const { plan } = planInMemory(fleet, 'h', makeHost([nic(2, 'eth2')]));
    expect(text(plan, { width: 200 })).toContain(
      'eth2 is wanted by web1-eth0 too, which Guest/web1.yaml:1 asks for; asked for by Host/h.yaml:1\n',
    );
  });
});

describe('a pool device on which strangers are', () => {
  it('says how many, for they count when guests are placed', () => {
    const pool = [{ device: 'eth2', maxGuests: 8 }, { device: 'eth3' }];
    const interfaces = [{ name: 'eth0', network: 'red' }];
    const fleet = makeFleet({
      networks: { red: {} },
      hosts: { h: { networks: { red: { type: 'direct', mode: 'vepa', pool } } } },
      guests: { mine: { host: 'h', interfaces }, theirs: { host: 'h', interfaces, adopt: true } },
    });
    const strangers = ['theirs-eth0', 'other1', 'other2'].map((name, i) =>
      foreignMacvtap(10 + i, name, 'eth2', { macvtap: { mode: 'vepa' } }),
    );
    const { plan } = planInMemory(fleet, 'h', makeHost([nic(2, 'eth2'), nic(3, 'eth3'), ...strangers]));
    expect(text(plan)).toContain('pool eth2 1/8 + 2 of others, eth3 1\n');
  });
});
