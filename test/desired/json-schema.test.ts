import { describe, expect, it } from 'vitest';
import { anyDocumentSchema, documentKinds, documentSchema } from '../../src/desired/json-schema.ts';

describe('the JSON Schema', () => {
  it('has every kind, in the draft that editors read', () => {
    expect(documentKinds).toEqual(['Fleet', 'Network', 'Host', 'HostClass', 'Guest', 'Placement']);
    const schema = anyDocumentSchema();
    expect(schema.$schema).toBe('http://json-schema.org/draft-07/schema#');
    expect(Object.keys(Object(schema.definitions))).toEqual(documentKinds);
  });

  it('forbids unknown keys and says what a key is', () => {
    for (const kind of documentKinds) {
      const schema = documentSchema(kind);
      expect(schema).toMatchObject({
        title: `Plumbline ${kind}`,
        type: 'object',
        additionalProperties: false,
      });
      expect(schema.description).toBeTypeOf('string');
    }
    expect(documentSchema('Network')).toMatchObject({
      properties: { spec: { properties: { mtu: { type: 'integer', minimum: 68, description: 'bytes' } } } },
    });
    expect(JSON.stringify(documentSchema('Guest'))).toContain('a unicast MAC address');
  });

  it('has what networks, realisations and guests say of addresses', () => {
    expect(documentSchema('Network')).toMatchObject({
      properties: {
        spec: {
          properties: {
            addressing: { type: 'array', items: { required: ['subnet'], additionalProperties: false } },
            dns: { type: 'object', additionalProperties: false },
          },
        },
      },
    });
    const host = JSON.stringify(documentSchema('Host'));
    expect(host).toContain('"const":"virtual"');
    expect(host).toContain('this host is gateway, DHCP and DNS of the network here');
    expect(JSON.stringify(documentSchema('Guest'))).toContain('fd00:20::10');
  });
});
