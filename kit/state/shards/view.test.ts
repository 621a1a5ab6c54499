import { expect, test } from 'vitest';
import { keptSlots, ownSlots, type Word, wordOf } from '../redis/cluster/word.ts';
import { viewOf } from './view.ts';

const asked = { host: '10.0.0.9', port: 7000 };
const a = 'a'.repeat(40);
const b = 'b'.repeat(40);
const c = 'c'.repeat(40);

/** What each of two nodes says; `own` replaces what stands after its own link. */
function words(own: Readonly<Record<string, string>>, epochs = { [a]: 1, [b]: 2 }): readonly Word[] {
  const line = (id: string, me: boolean, slots: string): string =>
    `${id} 10.0.0.${id === a ? 1 : 2}:7000@17000 ${me ? 'myself,' : ''}master - 0 1 ${epochs[id] as number} connected ${slots}`;
  const plain = (text: string): string => text.replaceAll(/\[[^\]]*\]/g, '').trim();
  return [a, b].map((self) => {
    const lines = [a, b].map((id) =>
      line(id, id === self, id === self ? (own[id] as string) : plain(own[id] as string)),
    );
    return wordOf(`${lines.join('\n')}\n`, asked) as Word;
  });
}

test('a node that speaks tells its slots and those on their way; an empty host is the one that was asked', () => {
  const text = `${a} :7000@17000,name myself,master - 0 0 3 connected 0-2 5 [2->-${b}] [9-<-${b}]\n${c} 10.0.0.3:7000@17000 slave,fail ${a} 0 1 3 disconnected\n`;
  const word = wordOf(text, asked) as Word;
  expect(word.self).toMatchObject({ host: '10.0.0.9', port: 7000, role: 'primary', epoch: 3, slots: [0, 1, 2, 5] });
  expect([...word.going]).toEqual([[2, b]]);
  expect([...word.coming]).toEqual([[9, b]]);
  expect(word.nodes[1]).toMatchObject({ role: 'replica', primary: a, failed: true, host: '10.0.0.3' });
  const own = ownSlots(text);
  expect(own?.primary).toBe(true);
  // What is going elsewhere is not kept, though it is still its own.
  expect(
    [...keptSlots(own as NonNullable<typeof own>).entries()].flatMap(([slot, kept]) => (kept ? [slot] : [])),
  ).toEqual([0, 1, 5]);
  expect(wordOf('nonsense', asked)).toBeUndefined();
});

test('a half-done move is found from either end, and one that leads nowhere is a mark', () => {
  const at = (own: Readonly<Record<string, string>>) => viewOf(words({ [a]: '0-8191', [b]: '8192-16383', ...own }));
  const move = [{ slot: 7, from: a, to: b }];
  expect(at({ [a]: `0-8191 [7->-${b}]`, [b]: `8192-16383 [7-<-${a}]` }).begun).toEqual(move);
  expect(at({ [a]: `0-8191 [7->-${b}]` }).begun).toEqual(move);
  expect(at({ [b]: `8192-16383 [7-<-${a}]` }).begun).toEqual(move);
  expect(at({ [a]: `0-8191 [7->-${c}]` })).toMatchObject({ begun: [], marks: [{ node: a, slot: 7, going: true }] });
  expect(at({ [a]: `0-8191 [9000->-${b}]` }).marks).toEqual([{ node: a, slot: 9000, going: false }]);
  expect(at({}).doubtful).toEqual([]);
});

test('of two that claim a slot the newer epoch has it, and it is in doubt until both say so', () => {
  const view = viewOf(words({ [a]: '0-8192', [b]: '8192-16383' }));
  expect(view.owners[8192]).toBe(b);
  expect(view.doubtful).toContain(8192);
  expect(viewOf(words({ [a]: '0-100', [b]: '8192-16383' })).owners[101]).toBeUndefined();
});
