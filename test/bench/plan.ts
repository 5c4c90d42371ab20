/** What a run of the bench measures. */
export interface Plan {
  /** The bundled program. */
  program: string;
  /** A scratch directory, gone after the run. */
  directory: string;
  rounds: number;
  guests: number[];
  /** Open vSwitch ports. */
  ports: number;
  /** Virtual networks. */
  networks: number;
  /** The bench runs in `own`; the next two are the ends of the traffic that must not stall; libvirt has its own. */
  namespaces: { own: string; near: string; far: string; libvirt: string };
}
