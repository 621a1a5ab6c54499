/** A replica for tests: `main.ts URL PRODUCERS` adds rows without end, `PRODUCERS` at once, and prints the number of each that was acknowledged. */
import { systemSurroundings } from '@palier/base/surroundings';
import { openSql } from '../../state/sql/index.ts';
import { type Reading, readingsTable } from '../conformance/index.ts';
import { openBatch } from '../index.ts';

const [url = '', producers = '1'] = process.argv.slice(2);
const around = systemSurroundings();
const sql = await openSql<{ readings: Reading }>(url, around, { migrations: [readingsTable], connections: 4 });
const batch = await openBatch(sql, around, {
  table: 'readings',
  columns: ['device', 'at', 'value', 'note'],
  key: ['device', 'at'],
  onDuplicate: 'keep',
});
console.log('ready');
for (let producer = 0; producer < Number(producers); producer++) void produce(producer);

async function produce(producer: number): Promise<void> {
  for (let at = 0; ; at++) {
    await batch.add({ device: `p${producer}`, at, value: at, note: null });
    process.stdout.write(`p${producer} ${at}\n`);
  }
}
