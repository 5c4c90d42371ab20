/**
 * The types of every text that may reach a tool. A value of such a type was checked by its parser: it holds no space,
 * no quote, no control character and no leading dash, so it is one token in an `ip -batch` line and in an argument.
 */

/** IFNAMSIZ - 1, linux/if.h */
export const LINK_NAME_MAX = 15;
const LINK_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;
/** `all` and `default` are directories beside the links in /proc/sys/net; `lo` is every namespace's own. */
const RESERVED_LINK_NAMES = new Set(['all', 'default', 'lo']);
/** iproute2 reads `if14` as the link with index 14 wherever a name may stand. */
const INDEX_NAME = /^if[0-9]+$/;
const DOCUMENT_NAME = /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/;
const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Whether Plumbline may create, or be told of, a link with this name. */
export function isLinkName(text: string): boolean {
  return LINK_NAME.test(text) && !RESERVED_LINK_NAMES.has(text) && !INDEX_NAME.test(text);
}

/** Names of guests, networks, hosts, classes, port groups and interfaces. */
export function isDocumentName(text: string): boolean {
  return DOCUMENT_NAME.test(text);
}

/** Lower-case colon form. */
function isMac(text: string): boolean {
  return MAC.test(text);
}

/** A station address: not multicast (IEEE 802, least bit of the first octet) and not all zero. */
export function isUnicastMac(text: string): boolean {
  return isMac(text) && (Number.parseInt(text.slice(0, 2), 16) & 1) === 0 && text !== '00:00:00:00:00:00';
}

/** Lower case with colons, whatever the notation in a document. */
export function normalMac(text: string): string {
  return text.toLowerCase().replaceAll('-', ':');
}
