/** This release. A constant, so that no path reads package.json; test/cli/version.test.ts holds the two together. */
export const VERSION = '0.1.0';
