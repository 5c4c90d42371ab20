/** What `npm test` fetches for guests to boot from; test/runner/guest-files.mjs puts it there. */
export const GUEST_FILES = '/var/cache/plumbline-test/guest';
