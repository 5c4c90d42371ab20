/** A guest's device as it stands on this host, for whoever opens it. */
export interface StandingDevice {
  /** The guest's interface. */
  iface: string;
  mac: string;
  /** The link's name and its index in this network namespace. */
  device: string;
  index: number;
  kind: 'macvtap' | 'tap';
  /** More than 1: QEMU is to have that many. */
  queues: number;
}

/** A device with what was opened for it: places among the descriptors that the program is to have. */
export interface OpenedDevice extends StandingDevice {
  /** A macvtap's, one for each queue; none for a tap, which QEMU opens by name. */
  descriptors: readonly number[];
  /** Of /dev/vhost-net, one for each queue of a macvtap. */
  vhostDescriptors: readonly number[];
}
