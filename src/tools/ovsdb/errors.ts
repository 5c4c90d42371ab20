/** No answer from ovsdb-server: nothing is known of Open vSwitch then. */
export class OvsdbUnreachable extends Error {
  override name = 'OvsdbUnreachable';
  readonly path: string;
  readonly why: string;
  readonly hint: string;
  constructor(path: string, why: string, hint: string) {
    super(`Open vSwitch's database at ${path} cannot be reached: ${why}; ${hint}`);
    this.path = path;
    this.why = why;
    this.hint = hint;
  }
}

/** ovsdb-server refused a request or an operation of a transaction. */
export class OvsdbRefused extends Error {
  override name = 'OvsdbRefused';
  /** RFC 7047 §3.1: `constraint violation`, `timed out` … */
  readonly code: string;
  readonly details: string;
  /** The operation that was refused; null when it was the whole (at its commit). */
  readonly operation: number | null;
  constructor(code: string, details: string, operation: number | null) {
    super(details === '' ? code : `${code}: ${details}`);
    this.code = code;
    this.details = details;
    this.operation = operation;
  }
}

/** ovs-vswitchd did not take up what was written. */
export class VswitchdSilent extends Error {
  override name = 'VswitchdSilent';
  constructor(seconds: number) {
    super(
      `ovs-vswitchd has not taken up what was written to its database within ${seconds} s: is it running (systemctl status openvswitch-switch)?`,
    );
  }
}

/** ovs-vswitchd was never started on this database. */
export class VswitchdAbsent extends Error {
  override name = 'VswitchdAbsent';
  constructor() {
    super(
      'ovs-vswitchd does not run: its database was never set up (systemctl start openvswitch-switch; by hand: ovs-vsctl --no-wait init, then ovs-vswitchd)',
    );
  }
}
