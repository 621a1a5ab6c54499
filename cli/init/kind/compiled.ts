/**
 * Services that are built before they run: Go, Rust, Java. Built into `.palier`, which palier has there anyway, or where their tool puts them.
 */
import { parse as parseToml } from 'smol-toml';
import { type Candidate, type Folder, parsed, recordOf, textsOf } from '../folder.ts';

export function compiledCandidates(folder: Folder): Candidate[] {
  return [...goCandidates(folder), ...rustCandidates(folder), ...javaCandidates(folder)];
}

/** `flag.String("addr", ":8080", …)`, `flag.IntVar(&port, "port", 8080, …)`, and kingpin's `Flag("web.listen-address", …)`. */
const goFlag =
  /\b(?:String|Int|Uint|Flag)\w*\(\s*(?:&?[\w.]+,\s*)?"((?:web\.|http[.-]?)?(?:port|addr|address|listen|bind|listen-addr(?:ess)?))"(?:,\s*("[^"]*"|[\w.]+))?/;

function goCandidates(folder: Folder): Candidate[] {
  if (!folder.paths.includes('go.mod')) return [];
  const all = textsOf(folder, /\.go$/).filter(([path]) => !path.endsWith('_test.go'));
  const mains = all.filter(([, text]) => /^package main$/m.test(text) && /^func main\(\)/m.test(text));
  const readsPort = all.some(([, text]) => /Getenv\("PORT"\)|"PORT"/.test(text));
  const flag = all.map(([, text]) => goFlag.exec(text)).find((match) => match !== null);
  const option = readsPort || flag === undefined || flag === null ? '' : goOption(flag[1] as string, flag[2] ?? '""');
  const serves = (path: string): number => (/example|test|tool|gen|client/.test(path) ? 1 : 0);
  return mains
    .toSorted(([a], [b]) => serves(a) - serves(b) || a.split('/').length - b.split('/').length)
    .map(([path]) => {
      const at = path.split('/').slice(0, -1).join('/');
      const name = at === '' ? folder.name.replace(/[^\w.-]+/g, '-') : (at.split('/').at(-1) as string);
      const command: Candidate['command'] = option === '' ? [`./.palier/${name}`] : `exec ./.palier/${name} ${option}`;
      return { command, prepare: [`go build -o .palier/${name} ./${at}`], env: {}, from: `${path} of go.mod` };
    });
}

function goOption(name: string, standard: string): string {
  const dashes = name.includes('.') ? '--' : '-';
  return /^"|addr|listen|bind/i.test(standard + name) && !/^\d+$|^"\d+"$/.test(standard)
    ? `${dashes}${name}=127.0.0.1:$PORT`
    : `${dashes}${name}="$PORT"`;
}

function rustCandidates(folder: Folder): Candidate[] {
  const cargo = recordOf(parsed(folder, 'Cargo.toml', parseToml));
  const name = recordOf(cargo['package'])['name'];
  const bins = Array.isArray(cargo['bin']) ? cargo['bin'].map((bin) => recordOf(bin)['name']) : [];
  return [...bins, ...(folder.paths.includes('src/main.rs') ? [name] : [])]
    .filter((bin): bin is string => typeof bin === 'string' && /^[\w-]+$/.test(bin))
    .map((bin) => ({
      command: [`./target/release/${bin}`],
      prepare: ['cargo build --release'],
      env: {},
      from: 'Cargo.toml',
    }));
}

/** Spring Boot reads SERVER_PORT, others PORT. */
function javaCandidates({ paths }: Folder): Candidate[] {
  const jar = paths.find(
    (path) => /^(target|build\/libs)\/[\w.-]+\.jar$/.test(path) && !/-(sources|javadoc|plain)\.jar$/.test(path),
  );
  if (jar === undefined) return [];
  return [{ command: `SERVER_PORT="$PORT" exec java -jar ${jar}`, prepare: [], env: {}, from: jar }];
}
