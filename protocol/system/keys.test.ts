import { describe, expect, it } from 'vitest';
import { keysAt } from './keys.ts';
import { systemFileSchema } from './schema.ts';

describe('keysAt()', () => {
  it('knows the keys of every place of a system file', () => {
    expect(keysAt(systemFileSchema, [])).toContain('services');
    expect(keysAt(systemFileSchema, ['services', 'api'])).toContain('replicas');
    expect(keysAt(systemFileSchema, ['scenarios', 'normal'])).toContain('thinkTime');
    expect(keysAt(systemFileSchema, ['scenarios', 'normal', 'limits'])).toContain('p95Ms');
    expect(keysAt(systemFileSchema, ['scenarios', 'normal', 'tasks', 'look'])).toContain('weight');
    expect(keysAt(systemFileSchema, ['no', 'such', 'place'])).toEqual([]);
  });
});
