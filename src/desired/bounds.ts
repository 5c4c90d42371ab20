/** Bounds on what is read, so that no text in git can eat the memory or the time of a host. */

/** Bytes of one file: some 5,000 guests. */
export const MAX_FILE_BYTES = 1 << 20;
export const MAX_FILES = 100_000;
/** Bytes of all files: 100,000 guests in plain words have half of it. */
export const MAX_BYTES = 1 << 26;
export const MAX_DOCUMENTS = 100_000;
export const MAX_DOCUMENTS_IN_FILE = 10_000;
/** Mappings and lists inside one another. The deepest path of the schema has 7. */
export const MAX_DEPTH = 32;
/** Nodes that a document's aliases may stand for, all together. */
export const MAX_ALIAS_NODES = 10_000;
/** Folders inside one another. */
export const MAX_FOLDERS = 64;
/** Problems told of one document; the rest is counted. */
export const MAX_PROBLEMS_IN_DOCUMENT = 50;
/** Problems told of one file: once there are so many, its further documents are not read. */
export const MAX_PROBLEMS_IN_FILE = 1000;
