import { isIP } from 'node:net';
import * as z from 'zod';
import { isDocumentName, isLinkName, isUnicastMac, normalMac } from '../model/tokens.ts';

// By itself zod makes code from each schema as the program runs: what root runs is to be what stands in the files, and
// for the documents of a thousand guests that takes longer than it spares.
z.config({ jitless: true });

/** What single values of the documents look like, each with its form in words. */

/** A text of this form; `expected` says the form in words, for problems and for the JSON Schema alike. */
export function formed(form: RegExp, expected: string) {
  // What has not the form is not asked for more: one slip, one problem.
  return z.string().regex(form, { error: expected, abort: true }).meta({ description: expected });
}

const DOCUMENT_NAME =
  'lower-case letters, digits, dots and dashes, at most 63, beginning and ending with a letter or digit';
export const documentName = formed(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, DOCUMENT_NAME).refine(
  isDocumentName,
  {
    error: DOCUMENT_NAME,
  },
);

const LINK_NAME = "a link's name: 1 to 15 letters, digits, _ . -, not all, default, lo or if<number>";
export const linkName = formed(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/, LINK_NAME).refine(isLinkName, {
  error: LINK_NAME,
});

export const altname = formed(
  /^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,126}$/,
  "a link's alternative name, at most 127 bytes",
);

/** Any notation of case and separator is read; the normal form (`normalMac`) is lower case with colons. */
const MAC = 'a unicast MAC address such as 52:54:00:12:34:56';
export const mac = formed(/^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$/, MAC).refine(
  (text) => isUnicastMac(normalMac(text)),
  { error: MAC },
);

export const uuid = formed(
  /^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/,
  'a UUID such as 4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01',
);

/** ETH_MIN_MTU of linux/if_ether.h, and the largest that the kernel lets a bridge or tap have. */
export const mtu = z.int().min(68).max(65521).meta({ description: 'bytes' });
/** 0 and 4095 are reserved by IEEE 802.1Q. */
export const vlanId = z.int().min(1).max(4094);
export const maxGuests = z.int().min(1).max(100_000);
export const accountName = formed(/^[a-z_][a-z0-9_.-]{0,31}$/, 'the name of a user or group of the host');
export const freeText = z.string().max(1000);

const IP_ADDRESS = 'an IPv4 or IPv6 address; a link-local one with its link: fe80::1%br0';
export const ipAddress = formed(/^[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9_.-]{1,15})?$/, IP_ADDRESS).refine(
  (text) => isIP(text) !== 0,
  { error: IP_ADDRESS },
);
